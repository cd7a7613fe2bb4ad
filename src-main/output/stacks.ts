/** Where an error came from, as lines that a terminal and a log file can hold. For whoever looks for a mistake of ours. */
import { printable } from './printable.ts';

/** More would be a loop of causes. */
const CAUSES_MAX = 8;

/** The stacks of an error and of what caused it, each line indented; causes may form a chain but are cut when it is long. */
export function stacksOf(error: unknown): readonly string[] {
  const lines: string[] = [];
  let current = error;
  for (let depth = 0; current instanceof Error && depth < CAUSES_MAX; depth += 1) {
    const stack = current.stack ?? String(current);
    lines.push(...stack.split('\n').map((line) => `    ${printable(line.trim())}`));
    current = current.cause;
  }
  return lines;
}
