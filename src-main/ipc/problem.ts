/** What a client is told of a failure: ours with their code and sentence, anything else as one plain sentence and a line in the log. */
import type { z } from 'zod';
import { GhostError } from '../engine/errors.ts';
import type { Logger } from '../engine/log.ts';
import type { Problem } from './contract.ts';

/** `what` names what was being done, for the log. */
export function problemOf(error: unknown, what: string, logger: Logger): Problem {
  if (error instanceof GhostError) return { code: error.code, sentence: error.message };
  logger.error(`${what} failed unexpectedly`, error);
  return { code: 'INTERNAL', sentence: 'Something unexpected failed; the log says what.' };
}

/** `call "jobs.mount": job is not the key of a job` */
export function invalidInput(what: string, { issues }: z.ZodError): GhostError {
  const [issue] = issues;
  const place = issue === undefined || issue.path.length === 0 ? 'the input' : issue.path.join('.');
  return new GhostError('ARGUMENT_INVALID', `${what}: ${place}: ${issue?.message ?? 'is not valid'}.`);
}
