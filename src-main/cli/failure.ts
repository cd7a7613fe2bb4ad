/**
 * What the command line says and returns when something goes wrong: one sentence on standard error and an exit code.
 * Invariant: 2 means that what was typed cannot work as typed, 1 that it could not be done, 3 that no
 * program is running that could be asked.
 */
import { GhostError, messageOf, type GhostErrorCode } from '../engine/errors.ts';
import { printable } from '../output/printable.ts';
import { stacksOf } from '../output/stacks.ts';

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_NOT_RUNNING = 3;

/** A mistake on the command line; the message is a whole sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command asks a running program, and there is none. */
export class NotRunningError extends Error {
  override readonly name = 'NotRunningError';
}

/** Something named on the command line does not exist or is not what it should be. */
const USAGE_CODES: ReadonlySet<GhostErrorCode> = new Set<GhostErrorCode>([
  'ARGUMENT_INVALID',
  'NOT_FOUND',
  'NOT_A_DIRECTORY',
  'SOURCE_INVALID',
  'JOB_UNKNOWN',
]);

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT_USAGE;
  if (error instanceof NotRunningError) return EXIT_NOT_RUNNING;
  return error instanceof GhostError && USAGE_CODES.has(error.code) ? EXIT_USAGE : EXIT_FAILED;
}

/** One line for a person; with `trace` the stack and the causes follow. */
export function sentenceOf(error: unknown, trace: boolean): string {
  const expected = [UsageError, NotRunningError, GhostError].some((kind) => error instanceof kind);
  const message = printable(messageOf(error));
  const sentence = expected ? message : `Something unexpected failed: ${message}`;
  return trace ? [sentence, ...stacksOf(error)].join('\n') : sentence;
}
