/** A bound for what somebody else is asked to do: nobody is waited for without end. */
import type { Clock } from './clock.ts';

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
