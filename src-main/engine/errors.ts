/**
 * The one error type of the engine. Every failure carries a stable `code`; the errno a program sees is derived
 * from it here and nowhere else. Errors are logged once, at the boundary that answers the request.
 */
import { constants } from 'node:os';

/** POSIX number of each errno we answer with, as this platform counts them. */
export const Errno = constants.errno;

const ERRNO_OF_CODE = {
  NOT_FOUND: Errno.ENOENT,
  INODE_INVALID: Errno.ENOENT,
  NOT_A_DIRECTORY: Errno.ENOTDIR,
  IS_A_DIRECTORY: Errno.EISDIR,
  NAME_TOO_LONG: Errno.ENAMETOOLONG,
  ARGUMENT_INVALID: Errno.EINVAL,
  OFFSET_BEYOND_END: Errno.ENXIO,
  ATTRIBUTE_MISSING: Errno.ENODATA,
  BUFFER_TOO_SMALL: Errno.ERANGE,
  PERMISSION_DENIED: Errno.EACCES,
  READ_ONLY: Errno.EROFS,
  UNSUPPORTED: Errno.ENOSYS,
  TIMEOUT: Errno.ETIMEDOUT,
  INTERRUPTED: Errno.EINTR,
  OBJECT_CHANGED: Errno.ESTALE,
  SHUTTING_DOWN: Errno.ENOTCONN,
  QUEUE_FULL: Errno.EIO,
  OUT_OF_DESCRIPTORS: Errno.EMFILE,
  BLOCK_CORRUPT: Errno.EIO,
  BLOCK_TRUNCATED: Errno.EIO,
  SOURCE_UNREACHABLE: Errno.EIO,
  SOURCE_REFUSED: Errno.EIO,
  CREDENTIALS_REFUSED: Errno.EIO,
  SOURCE_INVALID: Errno.EINVAL,
  CATALOGUE_BUSY: Errno.EIO,
  CATALOGUE_INVALID: Errno.EIO,
  CACHE_UNAVAILABLE: Errno.EIO,
  CACHE_BUSY: Errno.EIO,
  MOUNT_FAILED: Errno.EIO,
  MOUNT_BUSY: Errno.EBUSY,
  JOB_UNKNOWN: Errno.ENOENT,
  SETTING_INVALID: Errno.EINVAL,
  ALREADY_RUNNING: Errno.EBUSY,
  ENGINE_AWAY: Errno.EIO,
  INTERNAL: Errno.EIO,
} as const satisfies Record<string, number>;

export type GhostErrorCode = keyof typeof ERRNO_OF_CODE;

/** Where a failure happened; each field is optional because not every layer knows it. */
export interface GhostErrorContext {
  readonly job?: number;
  readonly artifact?: string;
  readonly block?: number;
  readonly source?: string;
  /** Milliseconds the server asked us to wait before trying again. */
  readonly retryAfterMs?: number;
  /** It may come from something between us and the source, such as the sign-in page of a network. */
  readonly isDoubtful?: boolean;
  readonly cause?: unknown;
}

export class GhostError extends Error {
  override readonly name = 'GhostError';
  readonly code: GhostErrorCode;
  readonly context: Omit<GhostErrorContext, 'cause'>;

  /** `message` is a sentence a person can act on: what failed, where, what to do. */
  constructor(code: GhostErrorCode, message: string, { cause, ...context }: GhostErrorContext = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.context = context;
  }

  /** The positive errno for this failure. */
  get errno(): number {
    return ERRNO_OF_CODE[this.code];
  }
}

/** The errno of any thrown value; what is not ours is EIO, never a crash of the session. */
export function errnoOf(error: unknown): number {
  return error instanceof GhostError ? error.errno : Errno.EIO;
}

/** The human sentence of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
