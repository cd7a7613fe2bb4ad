/** A bound for what another process is asked to do: the supervisor waits for nobody for ever. */
import type { Clock } from '../engine/clock.ts';

/** The promise's value, or undefined when it takes longer. Rejects as it does. */
export async function inTime<T>(promise: Promise<T>, ms: number, clock: Clock): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const cancel = clock.after(ms, () => late.resolve(undefined));
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    cancel();
  }
}
