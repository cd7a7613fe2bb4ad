/**
 * The numbers of a run. `CHAOS_SEED` repeats an earlier run's dice; `CHAOS_ROUNDS` is how often each way an engine can end is
 * tried (a short profile unless given), `CHAOS_FRAMES` the length of the protocol's fuzz, `CHAOS_MINUTES` that of the soak.
 */
import { randomInt } from 'node:crypto';
import { Dice } from '../helpers/dice.ts';

const SEED_VARIABLE = 'CHAOS_SEED';

/** Chosen once for a run and handed to its other processes through the environment. */
export function chaosSeed(): number {
  process.env[SEED_VARIABLE] ??= String(randomInt(2 ** 31));
  return numberFrom(SEED_VARIABLE, 0);
}

/** Dice of one test, whatever other tests threw before. */
export function diceOf(test: string): Dice {
  let seed = chaosSeed();
  for (const character of test) seed = (Math.imul(seed, 31) + (character.codePointAt(0) ?? 0)) | 0;
  return new Dice(seed);
}

/** Each round of some kinds takes seconds: `short` of them unless a number is asked for. */
export const rounds = (short: number): number => numberFrom('CHAOS_ROUNDS', short);
export const fuzzFrames = (): number => numberFrom('CHAOS_FRAMES', 1_000_000);
export const soakMinutes = (): number => numberFrom('CHAOS_MINUTES', 30);

function numberFrom(variable: string, fallback: number): number {
  const text = process.env[variable];
  const number = text === undefined ? fallback : Number(text);
  if (Number.isFinite(number) && number >= 0) return number;
  throw new Error(`${variable} is ${JSON.stringify(text)}, which is no number`);
}
