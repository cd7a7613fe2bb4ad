/** Waits for a state of the outside world that announces itself by no event, such as a counter in /sys. */
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 2;

/** Resolves with the milliseconds it took. Rejects, saying `what` was awaited, when the limit passes first. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = 10_000,
): Promise<number> {
  const start = performance.now();
  while (!(await condition())) {
    if (performance.now() - start > limitMs) throw new Error(`${what}: not within ${String(limitMs)} ms`);
    await delay(POLL_MS);
  }
  return performance.now() - start;
}
