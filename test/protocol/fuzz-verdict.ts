/**
 * What a session may answer to a frame, whatever stands in it, written down apart from the code under test. Invariant: a frame
 * that is a request of an operation with replies gets one reply, any other none.
 */
import { constants } from 'node:os';
import * as abi from '../../src-main/engine/fuse/kernel/protocol/abi.ts';

const { errno: E } = constants;
const { Opcode } = abi;
const ROOT = 1;
const LARGEST_ERRNO = 4095;

const SILENT: ReadonlySet<number> = new Set([
  Opcode.FORGET,
  Opcode.BATCH_FORGET,
  Opcode.INTERRUPT,
  Opcode.NOTIFY_REPLY,
]);
/** Known to the protocol and not to us. */
const UNKNOWN: ReadonlySet<number> = new Set([Opcode.READLINK]);
const KNOWN: ReadonlySet<number> = new Set(Object.values(Opcode).filter((code) => !UNKNOWN.has(code)));
const WRITES: ReadonlySet<number> = new Set([
  Opcode.SETATTR, Opcode.SYMLINK, Opcode.MKNOD, Opcode.MKDIR, Opcode.UNLINK, Opcode.RMDIR, Opcode.RENAME, Opcode.LINK,
  Opcode.WRITE, Opcode.SETXATTR, Opcode.REMOVEXATTR, Opcode.CREATE, Opcode.FALLOCATE, Opcode.RENAME2,
  Opcode.COPY_FILE_RANGE, Opcode.TMPFILE,
]); // prettier-ignore
/** Bytes a body has at least. */
const SHORTEST = new Map<number, number>([
  [Opcode.INIT, 16],
  [Opcode.OPEN, 8],
  [Opcode.READ, 40],
  [Opcode.READDIR, 40],
  [Opcode.READDIRPLUS, 40],
  [Opcode.RELEASE, 24],
  [Opcode.ACCESS, 8],
  [Opcode.GETXATTR, 9],
  [Opcode.LISTXATTR, 8],
  [Opcode.LSEEK, 24],
]);
/** Bytes of an answer that is always as long. */
const ANSWER = new Map<number, number>([
  [Opcode.INIT, 64],
  [Opcode.LOOKUP, 128],
  [Opcode.GETATTR, 104],
  [Opcode.OPEN, 16],
  [Opcode.OPENDIR, 16],
  [Opcode.STATFS, 80],
  [Opcode.RELEASE, 0],
  [Opcode.RELEASEDIR, 0],
  [Opcode.ACCESS, 0],
  [Opcode.FLUSH, 0],
  [Opcode.FSYNC, 0],
  [Opcode.FSYNCDIR, 0],
  [Opcode.DESTROY, 0],
  [Opcode.LSEEK, 8],
]);

/** Whether a frame is a request that somebody waits for. */
export function wantsReply(frame: Buffer): boolean {
  if (frame.length < abi.InHeader.size || frame.readUInt32LE(0) !== frame.length) return false;
  return !SILENT.has(frame.readUInt32LE(4));
}

/** What is wrong with the answer to a frame that `wantsReply`; undefined when nothing is. */
export function complaint(frame: Buffer, reply: Buffer): string | undefined {
  if (reply.length < abi.OutHeader.size) return 'is shorter than its header';
  if (reply.readUInt32LE(0) !== reply.length) return `says that it has ${reply.readUInt32LE(0)} bytes`;
  if (reply.readBigUInt64LE(8) !== frame.readBigUInt64LE(8)) return 'has the id of another request';
  const opcode = frame.readUInt32LE(4);
  const errno = -reply.readInt32LE(4);
  const wanted = wantedErrno(frame, opcode);
  if (wanted !== undefined) return errno === wanted ? undefined : `is error ${errno} instead of ${wanted}`;
  const payload = reply.subarray(abi.OutHeader.size);
  if (errno === 0) return payloadComplaint(frame, opcode, payload);
  if (errno < 0 || errno > LARGEST_ERRNO) return `has the error ${errno}, which is none`;
  // An error that nobody thought of.
  if (errno === E.EIO) return 'is EIO';
  return payload.length === 0 ? undefined : 'is an error and has a payload';
}

/** The one error that a frame must get, if there is one. */
function wantedErrno(frame: Buffer, opcode: number): number | undefined {
  if (!KNOWN.has(opcode)) return E.ENOSYS;
  if (WRITES.has(opcode)) return E.EROFS;
  const body = frame.subarray(abi.InHeader.size);
  if (body.length < (SHORTEST.get(opcode) ?? 0)) return E.EINVAL;
  const hasName = opcode === Opcode.LOOKUP || opcode === Opcode.GETXATTR;
  const isUnended = hasName && !body.includes(0, opcode === Opcode.LOOKUP ? 0 : abi.XattrIn.size);
  // Of a parent that is none there is more than one thing to say.
  const parentIsKnown = opcode === Opcode.GETXATTR || frame.readBigUInt64LE(16) === BigInt(ROOT);
  return isUnended && parentIsKnown ? E.EINVAL : undefined;
}

function payloadComplaint(frame: Buffer, opcode: number, payload: Buffer): string | undefined {
  const exact = ANSWER.get(opcode);
  if (exact !== undefined)
    return payload.length === exact ? undefined : `has ${payload.length} bytes for ${exact}`;
  const body = frame.subarray(abi.InHeader.size);
  if (opcode === Opcode.GETXATTR || opcode === Opcode.LISTXATTR) {
    const room = body.readUInt32LE(0);
    const fits = room === 0 ? payload.length === abi.XattrOut.size : payload.length <= room;
    return fits ? undefined : `has ${payload.length} bytes for ${room}`;
  }
  const size = body.readUInt32LE(16);
  if (payload.length > size) return `has ${payload.length} bytes, ${size} were asked for`;
  return opcode === Opcode.READ ? undefined : listingComplaint(payload, opcode === Opcode.READDIRPLUS);
}

/** Entries follow each other to the last byte, and none has a name that makes the kernel refuse them all. */
function listingComplaint(payload: Buffer, plus: boolean): string | undefined {
  for (let at = 0; at < payload.length;) {
    const entry = at + (plus ? abi.ENTRY_OUT_SIZE : 0);
    if (entry + abi.Dirent.size > payload.length) return 'ends within an entry';
    const length = payload.readUInt32LE(entry + 16);
    const name = payload.subarray(entry + abi.Dirent.size, entry + abi.Dirent.size + length);
    if (length === 0 || name.length !== length || name.includes('/') || name.includes(0)) {
      return `lists ${JSON.stringify(name.toString('latin1'))}`;
    }
    at = entry + ((abi.Dirent.size + length + 7) & ~7);
    if (at > payload.length) return 'ends within an entry';
  }
  return undefined;
}
