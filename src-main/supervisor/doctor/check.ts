/** One thing that was looked at: what was found, what to do about it, and how it is mended where that is safe. */
import type { HealthCheck } from '../../ipc/contract.ts';

export type Level = HealthCheck['level'];

export interface Check {
  readonly name: string;
  readonly level: Level;
  /** What was found; a whole sentence. */
  readonly sentence: string;
  /** What to do; whole sentences. */
  readonly remedy?: string;
  /** Mends it without deleting data, and says what it did; throws where it cannot. */
  readonly mend?: () => Promise<string> | string;
}

export function shownCheck({ name, level, sentence, remedy, mend }: Check): HealthCheck {
  return { name, level, sentence, remedy: remedy ?? null, mendable: mend !== undefined };
}

export function withStop(sentence: string): string {
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}
