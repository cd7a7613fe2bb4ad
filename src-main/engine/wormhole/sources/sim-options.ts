/** Reads `sim:?seed=1&latency=500ms&bandwidth=50MB/s&error-rate=0.1`. Whatever it does not know it refuses. */
import { invalidSource } from './source-uri.ts';

export interface SimOptions {
  readonly seed: number;
  /** Milliseconds before the first byte of every transfer. */
  readonly latencyMs: number;
  /** Bytes per second of all transfers together; undefined is unlimited. */
  readonly bytesPerSecond: number | undefined;
  /** Part of the transfers that fail, 0 to 1. */
  readonly errorRate: number;
}

/** What a person takes for "far away": noticed, not yet annoying. */
const DEFAULT_LATENCY_MS = 500;
const DEFAULT_SEED = 1;
/** A day: beyond it a simulated source is a simulated outage. */
const MAX_LATENCY_MS = 86_400_000;

const MS_OF_UNIT: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1000 };
const BYTES_OF_UNIT: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

const KNOWN = ['seed', 'latency', 'bandwidth', 'error-rate'];

export function parseSimUri(uri: string): SimOptions {
  const match = /^sim:(?:\/\/)?(?:\?(.*))?$/is.exec(uri);
  if (match === null) {
    throw invalidSource(
      uri,
      'is not understood; write sim: or sim:?seed=1&latency=500ms&bandwidth=50MB/s&error-rate=0.1',
    );
  }
  const options = new URLSearchParams(match[1] ?? '');
  for (const name of options.keys()) {
    if (!KNOWN.includes(name)) {
      throw invalidSource(uri, `has the unknown option "${name}"; known are ${KNOWN.join(', ')}.`);
    }
    if (options.getAll(name).length > 1) throw invalidSource(uri, `names the option "${name}" twice.`);
  }
  return {
    seed: seedOf(uri, options.get('seed')),
    latencyMs: latencyOf(uri, options.get('latency')),
    bytesPerSecond: bandwidthOf(uri, options.get('bandwidth')),
    errorRate: errorRateOf(uri, options.get('error-rate')),
  };
}

function seedOf(uri: string, text: string | null): number {
  if (text === null) return DEFAULT_SEED;
  const seed = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(seed)) return seed;
  throw invalidSource(
    uri,
    `has seed=${text}; it must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}.`,
  );
}

function latencyOf(uri: string, text: string | null): number {
  if (text === null) return DEFAULT_LATENCY_MS;
  const ms = quantity(text, MS_OF_UNIT);
  if (ms !== undefined && ms <= MAX_LATENCY_MS) return ms;
  throw invalidSource(uri, `has latency=${text}; write it as 250ms or 1.5s, at most a day.`);
}

function bandwidthOf(uri: string, text: string | null): number | undefined {
  if (text === null) return undefined;
  const bytes = quantity(text.replace(/\/s$/i, ''), BYTES_OF_UNIT);
  if (bytes !== undefined && bytes >= 1) return bytes;
  throw invalidSource(uri, `has bandwidth=${text}; write it as 500KB/s, 50MB/s or 10MiB/s.`);
}

function errorRateOf(uri: string, text: string | null): number {
  if (text === null) return 0;
  const rate = quantity(text, { '': 1 });
  if (rate !== undefined && rate <= 1) return rate;
  throw invalidSource(uri, `has error-rate=${text}; it must be a number from 0 to 1.`);
}

/** A number of at least 0 with one of the units, in the unit whose factor is 1; undefined when it is neither. */
function quantity(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d+(?:\.\d+)?|\.\d+) ?([a-z]*)$/i.exec(text);
  const factor = units[match?.[2]?.toLowerCase() ?? 'none'];
  if (match === null || factor === undefined) return undefined;
  return Number(match[1]) * factor;
}
