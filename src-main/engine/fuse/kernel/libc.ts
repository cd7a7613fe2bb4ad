/**
 * The few libc calls Node does not have, through koffi: mount(2), umount2(2), socketpair(2), sendmsg(2), recvmsg(2), _exit(2).
 * Calls that can block run on koffi's worker threads, never on the event loop.
 */
import { getSystemErrorName } from 'node:util';
import koffi from 'koffi';

const libc = koffi.load(null);

const iovec = koffi.struct('iovec', { iov_base: 'void *', iov_len: 'size_t' });
const msghdr = koffi.struct('msghdr', {
  msg_name: 'void *',
  msg_namelen: 'uint32_t',
  msg_iov: koffi.pointer(iovec),
  msg_iovlen: 'size_t',
  msg_control: 'void *',
  msg_controllen: 'size_t',
  msg_flags: 'int',
});

const calls = {
  mount: libc.func(
    'int mount(const char *source, const char *target, const char *type, ulong flags, const char *data)',
  ),
  umount2: libc.func('int umount2(const char *target, int flags)'),
  socketpair: libc.func('int socketpair(int domain, int type, int protocol, _Out_ int *pair)'),
  sendmsg: libc.func('sendmsg', 'intptr_t', ['int', koffi.pointer(msghdr), 'int']),
  recvmsg: libc.func('recvmsg', 'intptr_t', ['int', koffi.pointer(msghdr), 'int']),
  fadvise: libc.func('int posix_fadvise(int fd, int64_t offset, int64_t length, int advice)'),
  exit: libc.func('void _exit(int status)'),
};

export const MountFlag = { RDONLY: 1, NOSUID: 2, NODEV: 4 } as const;
export const UmountFlag = { FORCE: 1, DETACH: 2, NOFOLLOW: 8 } as const;

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_SEQPACKET = 5;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const POSIX_FADV_WILLNEED = 3;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const MSG_CMSG_CLOEXEC = 0x4000_0000;
/** struct cmsghdr (16 bytes on a 64-bit machine) and one descriptor, padded to 8. */
const CONTROL_BYTES = 24;
const CMSG_HEADER_BYTES = 16;

/** A failed call, shaped like Node's own system errors. */
class LibcError extends Error {
  readonly code: string;
  constructor(call: string, errno: number) {
    const code = getSystemErrorName(-errno);
    super(`${call}: ${code}`);
    this.code = code;
  }
}

type BackgroundCall = { readonly async: (...args: unknown[]) => unknown };

/** Runs a call on a worker thread. */
function inBackground(call: BackgroundCall, ...args: readonly unknown[]): Promise<number> {
  return new Promise((resolve, reject) => {
    call.async(...args, (error: Error | null, result: number) =>
      error === null ? resolve(result) : reject(error),
    );
  });
}

/** mount(2). Throws LibcError. The caller serves the new mount, so the call must not wait for it, and does not. */
export function mount(source: string, target: string, type: string, flags: number, data: string): void {
  if (calls.mount(source, target, type, flags, data) !== 0) throw new LibcError('mount', koffi.errno());
}

/** umount2(2). Throws LibcError. */
export function unmount(target: string, flags: number): void {
  if (calls.umount2(target, flags) !== 0) throw new LibcError('umount2', koffi.errno());
}

/** Two connected sockets, both closed on exec; one of packets keeps apart what was written apart. */
export function socketPair(type: 'stream' | 'packets' = 'stream'): readonly [number, number] {
  const pair: [number, number] = [-1, -1];
  const kind = type === 'stream' ? SOCK_STREAM : SOCK_SEQPACKET;
  if (calls.socketpair(AF_UNIX, kind | SOCK_CLOEXEC, 0, pair) !== 0) {
    throw new LibcError('socketpair', koffi.errno());
  }
  return pair;
}

/** What carries one descriptor: a word of the sender's beside it, a control buffer around it. */
function carrier(word: Buffer, control: Buffer) {
  return {
    msg_name: null,
    msg_namelen: 0,
    msg_iov: [{ iov_base: word, iov_len: word.length }],
    msg_iovlen: 1,
    msg_control: control,
    msg_controllen: control.length,
    msg_flags: 0,
  };
}

/** Sends a copy of a descriptor and a number to the other end of a socket pair, without waiting. Throws LibcError. */
export function sendDescriptor(socket: number, fd: number, number: number): void {
  const word = Buffer.alloc(4);
  word.writeUInt32LE(number);
  const control = Buffer.alloc(CONTROL_BYTES);
  control.writeBigUInt64LE(BigInt(CMSG_HEADER_BYTES + 4), 0);
  control.writeInt32LE(SOL_SOCKET, 8);
  control.writeInt32LE(SCM_RIGHTS, 12);
  control.writeInt32LE(fd, CMSG_HEADER_BYTES);
  const sent = calls.sendmsg(socket, carrier(word, control), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent !== word.length) throw new LibcError('sendmsg', koffi.errno());
}

/** A descriptor that `sendDescriptor` has sent, with its number; undefined when there is none. Never waits. */
export function takeDescriptor(socket: number): { readonly fd: number; readonly number: number } | undefined {
  const word = Buffer.alloc(4);
  const control = Buffer.alloc(CONTROL_BYTES);
  const received = calls.recvmsg(socket, carrier(word, control), MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  const fd = received === word.length ? descriptorIn(control) : undefined;
  return fd === undefined ? undefined : { fd, number: word.readUInt32LE() };
}

function descriptorIn(control: Buffer): number | undefined {
  const carries =
    control.readInt32LE(8) === SOL_SOCKET &&
    control.readInt32LE(12) === SCM_RIGHTS &&
    control.readBigUInt64LE(0) >= BigInt(CMSG_HEADER_BYTES + 4);
  return carries ? control.readInt32LE(CMSG_HEADER_BYTES) : undefined;
}

/** Waits for one message that carries a descriptor; undefined when the other end closed without sending one. */
export async function receiveDescriptor(socket: number): Promise<number | undefined> {
  const data = Buffer.alloc(1);
  const control = Buffer.alloc(CONTROL_BYTES);
  const received = await inBackground(calls.recvmsg, socket, carrier(data, control), MSG_CMSG_CLOEXEC);
  return received > 0 ? descriptorIn(control) : undefined;
}

/** Starts reading the first `bytes` of a file into the page cache and does not wait for it; a hint, so no error is told. */
export function willNeed(fd: number, bytes: number): void {
  calls.fadvise(fd, 0, bytes, POSIX_FADV_WILLNEED);
}

/** Ends the process at once, even when one of its threads is inside a system call that does not return. */
export function exitNow(status: number): never {
  calls.exit(status);
  throw new Error('unreachable: _exit returned');
}
