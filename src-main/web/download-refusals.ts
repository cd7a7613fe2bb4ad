/** Why a download cannot be had, as an answer over HTTP: the supervisor's own sentence, and a status that fits it. */
import { GhostError, type GhostErrorCode } from '../engine/errors.ts';
import type { Logger } from '../engine/log.ts';
import type { Refusal } from './replies.ts';

const STATUS_OF_CODE: Partial<Record<GhostErrorCode, number>> = {
  NOT_FOUND: 404,
  JOB_UNKNOWN: 404,
  IS_A_DIRECTORY: 400,
  ARGUMENT_INVALID: 400,
  MOUNT_FAILED: 409,
  ENGINE_AWAY: 503,
  SHUTTING_DOWN: 503,
};

export function refusalOf(error: unknown, logger: Logger): Refusal {
  if (error instanceof GhostError)
    return { status: STATUS_OF_CODE[error.code] ?? 500, sentence: error.message };
  logger.error('A download failed unexpectedly', error);
  return { status: 500, sentence: 'Something unexpected failed; the log says what.' };
}

/** `why` is the rest of a sentence: `it is shorter than the catalogue says`. */
export function unreadable(why: string): Refusal {
  return { status: 502, sentence: `The file could not be read: ${why}.` };
}
