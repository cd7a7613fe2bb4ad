/**
 * The responder's loop: blocks in read on the device, dispatches, writes the reply, until the kernel ends the session.
 * Invariant: it never waits for anything but the next request.
 */
import { writeSync, readSync } from 'node:fs';
import { BUSY, dispatch } from './dispatcher.ts';
import { DEFERRED, NO_REPLY, type OperationContext } from './operations.ts';
import { Errno } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { Notification, OutHeader } from './protocol/abi.ts';
import { Request } from './request.ts';

/** The two calls a session makes on /dev/fuse; both throw Node's system errors. */
export interface Device {
  /** Blocks until there is a request; returns its bytes. */
  read(target: Buffer): number;
  /** Writes one whole reply: the first `length` bytes. */
  write(reply: Buffer, length: number): void;
}

export interface SessionContext extends OperationContext {
  /** A request that found the catalogue locked, as a copy of its bytes. */
  retry(request: Uint8Array<ArrayBuffer>): void;
  /** As in Pulse. */
  readonly beats: Int32Array;
}

/** The kernel wants at least 8 KiB; more lets it batch FORGETs of a tree walk into few requests. */
const REQUEST_BUFFER_BYTES = 64 << 10;

export function deviceOf(fd: number): Device {
  return {
    read: (target) => readSync(fd, target, 0, target.length, null),
    write: (reply, length) => {
      writeSync(fd, reply, 0, length, null);
    },
  };
}

/** Has the kernel send again what was taken from this session and not answered. A session that is over says so when it is read. */
export function requestResend(device: Device): void {
  const notice = Buffer.alloc(OutHeader.size);
  OutHeader.encode(viewOf(notice), 0, { len: notice.length, error: Notification.RESEND, unique: 0n });
  try {
    device.write(notice, notice.length);
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'EPERM' && !SESSION_OVER.includes(code)) throw error;
  }
}

/** Serves until the session ends. Returns normally on unmount or abort, throws what else the device reports. */
export function serve(device: Device, context: SessionContext, logger: Logger): void {
  const request = new Request(Buffer.alloc(REQUEST_BUFFER_BYTES));
  const { beats } = context;
  for (;;) {
    const length = receive(device, request.bytes);
    if (length === undefined) return;
    Atomics.add(beats, 0, 1);
    handle(device, request, length, context, logger);
    Atomics.add(beats, 0, 1);
  }
}

function handle(
  device: Device,
  request: Request,
  length: number,
  context: SessionContext,
  logger: Logger,
): void {
  if (!request.accept(length)) {
    logger.warn(`The kernel sent ${length} bytes that are no request; ignored.`);
    return;
  }
  const outcome = dispatch(request, context, logger);
  if (outcome === BUSY) context.retry(new Uint8Array(request.bytes.subarray(0, length)));
  else if (outcome !== NO_REPLY && outcome !== DEFERRED) reply(device, request.reply, outcome, logger);
}

/** The mount is gone, or its connection was aborted. */
const SESSION_OVER: readonly unknown[] = ['ENODEV', 'ECONNABORTED'];
/** A signal, a spurious wake-up, or a request taken back before it was delivered. */
const TRY_AGAIN: readonly unknown[] = ['EINTR', 'EAGAIN', 'ENOENT'];

/** Bytes of the next request, or undefined when the session has ended. */
function receive(device: Device, target: Buffer): number | undefined {
  for (;;) {
    try {
      return device.read(target);
    } catch (error) {
      const code = codeOf(error);
      if (SESSION_OVER.includes(code)) return undefined;
      if (!TRY_AGAIN.includes(code)) throw error;
    }
  }
}

/** Writes the reply of `length` bytes that begins with its header. */
export function reply(device: Device, bytes: Buffer, length: number, logger: Logger): void {
  deliver(() => device.write(bytes, length), device, bytes, logger);
}

/**
 * Runs a write to the device. A reply the kernel no longer waits for, or of a session that is gone, is no error; one that it
 * refuses for another reason is followed by EIO under the same id, or its reader would wait for ever. `header` begins with the
 * reply's header, and is written over then.
 */
export function deliver(write: () => void, device: Device, header: Buffer, logger: Logger): void {
  try {
    write();
  } catch (error) {
    const code = codeOf(error);
    // ENOENT: the request was interrupted. EPERM: the connection is shutting down.
    if (code === 'ENOENT' || code === 'EPERM' || SESSION_OVER.includes(code)) return;
    logger.error('The kernel refused a reply', error);
    OutHeader.fields.len.set(viewOf(header), 0, OutHeader.size);
    OutHeader.fields.error.set(viewOf(header), 0, 0x1_0000_0000 - Errno.EIO);
    try {
      device.write(header, OutHeader.size);
    } catch (second) {
      logger.error('The kernel refused an error in its place, too', second);
    }
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
