/**
 * From request bytes to reply bytes: looks the operation up and makes sure that it ends in exactly one reply, whatever
 * its handler does. Runs in the responder thread, and on the event loop for requests that found the catalogue locked.
 */
import { Errno, errnoOf, GhostError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { DEFERRED, NO_REPLY, OPERATIONS, type OperationContext } from './operations.ts';
import type { Request } from './request.ts';

/** The catalogue was locked: the caller tries the same request again later. */
export const BUSY = -3;

/**
 * Handles the request it holds. Returns the bytes of `request.reply` to write, or NO_REPLY, DEFERRED or BUSY.
 */
export function dispatch(request: Request, context: OperationContext, logger: Logger): number {
  const operation = OPERATIONS.get(request.opcode);
  if (operation === undefined) return request.finish(Errno.ENOSYS, 0);
  try {
    const outcome = operation.handle(request, context);
    return outcome === NO_REPLY || outcome === DEFERRED ? outcome : request.finish(0, outcome);
  } catch (error) {
    if (error instanceof GhostError && error.code === 'CATALOGUE_BUSY') return BUSY;
    if (!isOrdinary(error)) logger.error(`${operation.name} of node ${request.node} failed`, error);
    return request.finish(errnoOf(error), 0);
  }
}

/** Answers that belong to daily use, not to the log: a missing name, a refused write. */
function isOrdinary(error: unknown): boolean {
  return error instanceof GhostError && error.errno !== Errno.EIO;
}
