/** How long to wait before the next try to connect: at once, then longer and longer, up to five seconds. Pure. */
const FIRST_MS = 250;
const MOST_MS = 5_000;

/** `tries` failed in a row; `dice` between 0 and 1 spreads the screens of one server over time. */
export function backOff(tries: number, dice: number): number {
  const longest = Math.min(MOST_MS, FIRST_MS * 2 ** tries);
  return longest * (0.7 + 0.3 * dice);
}
