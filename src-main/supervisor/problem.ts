/** A failure as part of a state that screens and commands show. */
import { GhostError, messageOf } from '../engine/errors.ts';
import type { Problem } from '../ipc/contract.ts';

export function problemOf(error: unknown): Problem {
  return { code: error instanceof GhostError ? error.code : 'INTERNAL', sentence: messageOf(error) };
}
