/** What may be tuned when a source is opened, with the defaults and the sentences for values that make no sense. */
import { systemClock, type Clock } from '../../clock.ts';
import { GhostError } from '../../errors.ts';
import { RequestPace } from './request-pace.ts';

export interface SourceOptions {
  /** Default: the system's clock. */
  readonly clock?: Clock;
  /** Uniform in [0, 1): decides the failures of `sim:`. Default: a generator seeded by the URI's own seed. */
  readonly random?: () => number;
  /** Connections kept to one host; further requests queue for one. */
  readonly connections?: number;
  /** Time for TCP and TLS set-up together. */
  readonly connectTimeoutMs?: number;
  /** PEM certificates trusted in addition to the system's. */
  readonly certificateAuthority?: string;
  /** Shared by the sources of all mounts; its own unless given. */
  readonly pace?: RequestPace;
}

export interface SourceSettings {
  readonly clock: Clock;
  readonly random: (() => number) | undefined;
  readonly connections: number;
  readonly connectTimeoutMs: number;
  readonly certificateAuthority: string | undefined;
  readonly pace: RequestPace;
}

/** The most transfers the scheduler runs at once: with as many connections no request queues behind another. */
const DEFAULT_CONNECTIONS = 16;
/** More than this many connections to one host is taken for an attack by many servers. */
const MAX_CONNECTIONS = 256;
/** Three lost SYN packets (1 + 2 + 4 s) and a slow TLS handshake. */
const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
/** The largest delay a timer of the platform can hold: 2^31 - 1 ms. */
const MAX_TIMEOUT_MS = 2_147_483_647;

/** Throws SOURCE_INVALID with a sentence for a value out of range. */
export function resolveSourceOptions(options: SourceOptions): SourceSettings {
  const clock = options.clock ?? systemClock;
  return {
    clock,
    pace: options.pace ?? new RequestPace(clock),
    random: options.random,
    connections: wholeNumber('connections', options.connections ?? DEFAULT_CONNECTIONS, MAX_CONNECTIONS),
    connectTimeoutMs: wholeNumber(
      'connectTimeoutMs',
      options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
      MAX_TIMEOUT_MS,
    ),
    certificateAuthority: options.certificateAuthority,
  };
}

function wholeNumber(name: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new GhostError(
    'SOURCE_INVALID',
    `The source option ${name} is ${value}; it must be a whole number from 1 to ${max}.`,
  );
}
