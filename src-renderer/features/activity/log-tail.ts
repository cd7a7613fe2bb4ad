/**
 * What the log panel keeps and shows: a bounded tail of lines, filtered by level and by words. Pure; the panel owns the
 * subscription. Invariant: never more than MAX_LINES are kept, whatever comes.
 */
import type { LogLine } from '../../../src-main/ipc/contract.ts';

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const satisfies readonly LogLine['level'][];
export type LogLevel = (typeof LOG_LEVELS)[number];

// An hour of an ordinary day, and still quick to search at every key press.
export const MAX_LINES = 2_000;

export interface TailLine extends LogLine {
  /** Never reused, so a row stays itself when older ones go. */
  readonly number: number;
}

export interface LogFilter {
  /** This level and those that are worse. */
  readonly level: LogLevel;
  /** Every word of it must stand in the line, in any order. */
  readonly text: string;
}

/** A new subscription begins with the last lines again; those that are there already are left out. */
export function appendLines(tail: readonly TailLine[], lines: readonly LogLine[]): readonly TailLine[] {
  const fresh = lines.slice(known(tail, lines));
  if (fresh.length === 0) return tail;
  const first = (tail.at(-1)?.number ?? 0) + 1;
  return [...tail, ...fresh.map((line, index) => ({ ...line, number: first + index }))].slice(-MAX_LINES);
}

/** How many of `lines`, from the first, are the end of the tail. */
function known(tail: readonly LogLine[], lines: readonly LogLine[]): number {
  for (let count = lines.length; count > 0; count -= 1) {
    const compared = Math.min(count, tail.length);
    const end = lines.slice(count - compared, count);
    if (compared > 0 && end.every((line, index) => isSame(line, tail[tail.length - compared + index])))
      return count;
  }
  return 0;
}

function isSame(a: LogLine, b: LogLine | undefined): boolean {
  return a.at === b?.at && a.text === b.text && a.level === b.level && a.from === b.from;
}

export function filterLines(lines: readonly TailLine[], { level, text }: LogFilter): readonly TailLine[] {
  const worst = LOG_LEVELS.indexOf(level);
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return lines.filter((line) => {
    if (LOG_LEVELS.indexOf(line.level) > worst) return false;
    if (words.length === 0) return true;
    const searched = `${line.from} ${line.text}`.toLowerCase();
    return words.every((word) => searched.includes(word));
  });
}
