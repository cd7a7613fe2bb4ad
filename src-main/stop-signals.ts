/**
 * Signals that ask the program to end. Invariant: one press of Ctrl-C is one request, also where the terminal and the
 * program that started us both deliver it.
 */
import { constants } from 'node:os';
import { systemClock, type Clock } from './engine/clock.ts';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
export type StopSignal = (typeof STOP_SIGNALS)[number];

/** npm and our own launcher pass on within milliseconds what the terminal sent to all; a person's second press comes later. */
const ONE_PRESS_MS = 300;

export interface StopRequests {
  /** The first request. */
  first(signal: StopSignal): void;
  /** Every later one: whoever asks twice does not want to wait. */
  again(signal: StopSignal): void;
  /** Whether what the first began still goes on; where a person cancelled it, the next is a first one. Always, if left out. */
  isUnderWay?(): boolean;
}

/** Only `on` and `off` of a process are used. */
export type SignalOrigin = Pick<NodeJS.EventEmitter, 'on' | 'off'>;

/** Returns the function that ends the subscription. */
export function onStopSignals(
  requests: StopRequests,
  clock: Clock = systemClock,
  origin: SignalOrigin = process,
): () => void {
  let seen = false;
  const lastAt = new Map<StopSignal, number>();
  const received = (signal: StopSignal): void => {
    const before = lastAt.get(signal);
    const now = clock.now();
    lastAt.set(signal, now);
    if (before !== undefined && now - before < ONE_PRESS_MS) return;
    if (seen && requests.isUnderWay?.() !== false) requests.again(signal);
    else {
      seen = true;
      requests.first(signal);
    }
  };
  for (const signal of STOP_SIGNALS) origin.on(signal, received);
  return () => {
    for (const signal of STOP_SIGNALS) origin.off(signal, received);
  };
}

/** What a shell reports for a program that the signal ended. */
export function signalExitCode(signal: StopSignal): number {
  return 128 + constants.signals[signal];
}
