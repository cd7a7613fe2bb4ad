/**
 * The table of kernel operations: one row each, name and handler. A handler writes its payload at PAYLOAD of the reply and
 * returns its length, or one of the outcomes below, or throws; the dispatcher turns that into exactly one reply.
 */
import { constants } from 'node:fs';
import { GhostError } from '../../errors.ts';
import { attributeList, extendedAttribute } from '../../filesystem/extended-attributes.ts';
import { NAME_MAX_BYTES } from '../../filesystem/ghost-filesystem.ts';
import type { DescribedArtifact } from '../../filesystem/attributes.ts';
import type { FileHandle } from '../../filesystem/open-files.ts';
import type { Artifact } from '../../metadata/metadata-oracle.ts';
import type { NodeId } from '../../metadata/inode-translator.ts';
import * as abi from './protocol/abi.ts';
import { DirentType, DirentWriter, type EntryValue } from './protocol/dirents.ts';
import { MAX_REQUEST_BYTES, negotiate } from './protocol/init.ts';
import {
  artifactOf,
  artifactToDescribe,
  body,
  nameOf,
  openFileOf,
  type DeferredAttribute,
  type DeferredRead,
  type OperationContext,
} from './operation-context.ts';
import { PAYLOAD, type Request } from './request.ts';

/** The kernel expects no reply to this operation. */
export const NO_REPLY = -1;
/** The reply is written later, by the event loop. */
export const DEFERRED = -2;

export type { DeferredAttribute, DeferredRead, OperationContext };

type Handler = (request: Request, context: OperationContext) => number;

export interface Operation {
  readonly name: string;
  readonly handle: Handler;
}

/**
 * Seconds the kernel may believe an entry or its attributes without asking: the longest a change in the catalogue stays
 * unseen. Less would cost a round trip per path component, more would surprise whoever edits the catalogue.
 */
const VALID_SECONDS = 1;

/** Offsets of a directory stream: 1 follows ".", 2 follows "..", an artifact's is its ordinal plus this. */
const DOT_ENTRIES = 2;

function attrValues({ filesystem }: OperationContext, artifact: DescribedArtifact, node: number) {
  const { mtime, ...rest } = filesystem.attributes(artifact);
  return { ino: node, ...rest, atime: mtime, mtime, ctime: mtime };
}

function entryValue(context: OperationContext, artifact: Artifact): EntryValue {
  const node = context.inodes.remember(artifact);
  return {
    entry: { nodeid: node, entryValid: VALID_SECONDS, attrValid: VALID_SECONDS },
    attr: attrValues(context, artifact, node),
  };
}

const init: Handler = (request, context) => {
  const offer = body(request, abi.InitIn);
  const extended = (offer.flags & (1 << abi.InitBit.INIT_EXT)) !== 0;
  const high = extended ? request.body(abi.InitInExt, abi.InitIn.size)?.flags2 : undefined;
  const answer = negotiate({ ...offer, flags: (BigInt(high ?? 0) << 32n) | BigInt(offer.flags) });
  switch (answer.kind) {
    case 'refuse':
      context.ready({ refusal: answer.reason });
      throw new GhostError('UNSUPPORTED', answer.reason);
    case 'accept':
      context.ready(answer.negotiated);
      break;
    case 'renegotiate':
  }
  return abi.InitOut.encode(request.replyView, PAYLOAD, answer.reply);
};

const lookup: Handler = (request, context) => {
  const parent = context.inodes.resolve(request.node as NodeId);
  const child = context.filesystem.lookup(parent, nameOf(request));
  if (child === undefined) throw new GhostError('NOT_FOUND', 'No such name.', { artifact: parent });
  const { entry, attr } = entryValue(context, child);
  abi.EntryOut.encode(request.replyView, PAYLOAD, entry);
  abi.Attr.encode(request.replyView, PAYLOAD + abi.EntryOut.size, attr);
  return abi.ENTRY_OUT_SIZE;
};

const getattr: Handler = (request, context) => {
  const artifact = artifactToDescribe(request, context);
  abi.AttrOut.encode(request.replyView, PAYLOAD, { attrValid: VALID_SECONDS });
  const attr = attrValues(context, artifact, request.node);
  return abi.AttrOut.size + abi.Attr.encode(request.replyView, PAYLOAD + abi.AttrOut.size, attr);
};

const open: Handler = (request, context) => {
  const { flags } = body(request, abi.OpenIn);
  const artifact = artifactOf(request, context);
  const fh = context.filesystem.open(artifact, flags);
  const keep = context.inodes.keepsPages(request.node as NodeId, artifact);
  return abi.OpenOut.encode(request.replyView, PAYLOAD, { fh, openFlags: keep ? abi.FOPEN_KEEP_CACHE : 0 });
};

const read: Handler = (request, context) => {
  const { fh, offset, size } = body(request, abi.ReadIn);
  const file = openFileOf(request, context, fh);
  const length = context.filesystem.readLength(file, offset, Math.min(size, MAX_REQUEST_BYTES));
  if (length === 0) return 0;
  const blocks = context.filesystem.advance(file, offset, length);
  if (context.filesystem.readCached(file, offset, length, request.reply, PAYLOAD)) {
    const { lastBlock } = file;
    context.served(request, file.ordinal, length);
    for (let block = lastBlock - blocks + 1; block <= lastBlock; block++) context.advanced(file.file, block);
    if (blocks > 0) context.filesystem.prepare(file, lastBlock + 1);
    return length;
  }
  const { unique, pid: thread } = request;
  context.defer({ unique, thread, file: file.file, ordinal: file.ordinal, offset, length });
  return DEFERRED;
};

const release: Handler = (request, context) => {
  context.filesystem.release(body(request, abi.ReleaseIn).fh as FileHandle);
  return 0;
};

const opendir: Handler = (request, context) => {
  if (!artifactOf(request, context).isDirectory) throw new GhostError('NOT_A_DIRECTORY', 'Not a directory.');
  // A directory stream keeps no state here: its offsets are ordinals, which mean the same to every listing.
  return abi.OpenOut.encode(request.replyView, PAYLOAD, {});
};

/** READDIR and READDIRPLUS: entries from an offset until the reply is full. */
const listing =
  (plus: boolean): Handler =>
  (request, context) => {
    const { offset, size } = body(request, abi.ReadIn);
    const { filesystem, inodes } = context;
    const directory = inodes.resolve(request.node as NodeId);
    const capacity = Math.min(size, MAX_REQUEST_BYTES);
    const writer = new DirentWriter(request.reply, request.replyView, PAYLOAD, capacity);
    // "." and ".." are not looked up: the kernel knows both, and they must not add to its lookup counts.
    const unlooked = plus ? { entry: {}, attr: { mode: DirentType.DIRECTORY << 12 } } : undefined;
    for (let at = offset; at < DOT_ENTRIES; at++) {
      const name = Buffer.from('.'.repeat(at + 1));
      if (!writer.fits(name.length, plus)) return writer.length;
      writer.add({ ino: request.node, next: at + 1, type: DirentType.DIRECTORY, name }, unlooked);
    }
    const dots = writer.length;
    try {
      filesystem.readdir(directory, Math.max(0, offset - DOT_ENTRIES), (child) => {
        if (!writer.fits(child.name.length, plus)) return false;
        const value = plus ? entryValue(context, child) : undefined;
        const ino = value?.entry.nodeid ?? inodes.nodeOf(child);
        const type = child.isDirectory ? DirentType.DIRECTORY : DirentType.FILE;
        writer.add({ ino, next: child.ordinal + DOT_ENTRIES, type, name: child.name }, value);
        return true;
      });
    } catch (error) {
      // Entries already written were counted as lookups: they must reach the kernel, which then asks for the rest.
      if (writer.length === dots) throw error;
    }
    return writer.length;
  };

const statfs: Handler = (request, { filesystem }) => {
  const { blockBytes, blocks, files } = filesystem.statfs();
  return abi.StatfsOut.encode(request.replyView, PAYLOAD, {
    blocks,
    files,
    bsize: blockBytes,
    frsize: blockBytes,
    namelen: NAME_MAX_BYTES,
  });
};

const access: Handler = (request) => {
  const { mask } = body(request, abi.AccessIn);
  // Permission bits are the kernel's to check (default_permissions); what is ours to say is that nothing can be written.
  if ((mask & constants.W_OK) !== 0) throw new GhostError('READ_ONLY', 'The mount is read-only.');
  return 0;
};

/** Answers a size question with the size, any other with the value, if `size` bytes hold it. Throws BUFFER_TOO_SMALL. */
function attributeReply(request: Request, size: number, value: Buffer): number {
  if (size === 0) return abi.XattrOut.encode(request.replyView, PAYLOAD, { size: value.length });
  if (size < value.length)
    throw new GhostError('BUFFER_TOO_SMALL', `The attribute has ${value.length} bytes.`);
  return value.copy(request.reply, PAYLOAD);
}

const getxattr: Handler = (request, context) => {
  const name = nameOf(request, abi.XattrIn.size).toString('utf8');
  const { size } = body(request, abi.XattrIn);
  const found = extendedAttribute(name, () => artifactOf(request, context));
  if (Buffer.isBuffer(found)) return attributeReply(request, size, found);
  const { unique, pid: thread } = request;
  context.deferAttribute({ unique, thread, ...found, capacity: size });
  return DEFERRED;
};

const listxattr: Handler = (request, context) => {
  const { size } = body(request, abi.XattrIn);
  return attributeReply(request, size, attributeList(artifactOf(request, context)));
};

const lseek: Handler = (request, context) => {
  const { fh, offset, whence } = body(request, abi.LseekIn);
  const found = context.filesystem.seek(openFileOf(request, context, fh), offset, whence);
  return abi.LseekOut.encode(request.replyView, PAYLOAD, { offset: found });
};

const forget: Handler = (request, { inodes }) => {
  const forgotten = request.body(abi.ForgetIn);
  if (forgotten !== undefined) inodes.forget(request.node as NodeId, forgotten.nlookup);
  return NO_REPLY;
};

const batchForget: Handler = (request, { inodes }) => {
  const count = request.body(abi.BatchForgetIn)?.count ?? 0;
  for (let index = 0; index < count; index++) {
    const one = request.body(abi.ForgetOne, abi.BatchForgetIn.size + index * abi.ForgetOne.size);
    if (one === undefined) break;
    inodes.forget(one.nodeid as NodeId, one.nlookup);
  }
  return NO_REPLY;
};

const interrupt: Handler = (request, context) => {
  const interrupted = request.body(abi.InterruptIn);
  if (interrupted !== undefined) context.interrupt(interrupted.unique);
  return NO_REPLY;
};

/** The event loop has woken this thread: see wake.ts. */
const upkeep: Handler = (_, { filesystem }) => {
  filesystem.upkeep();
  return NO_REPLY;
};

const done: Handler = () => 0;
const refused: Handler = () => {
  throw new GhostError('READ_ONLY', 'The mount is read-only.');
};

/** Operations that would write, all refused alike. */
const WRITES = [
  'SETATTR', 'SYMLINK', 'MKNOD', 'MKDIR', 'UNLINK', 'RMDIR', 'RENAME', 'LINK', 'WRITE', 'SETXATTR', 'REMOVEXATTR',
  'CREATE', 'FALLOCATE', 'RENAME2', 'COPY_FILE_RANGE', 'TMPFILE',
] as const satisfies readonly (keyof typeof abi.Opcode)[]; // prettier-ignore

const HANDLERS: Partial<Record<keyof typeof abi.Opcode, Handler>> = {
  INIT: init,
  LOOKUP: lookup,
  FORGET: forget,
  BATCH_FORGET: batchForget,
  GETATTR: getattr,
  STATFS: statfs,
  ACCESS: access,
  OPENDIR: opendir,
  READDIR: listing(false),
  READDIRPLUS: listing(true),
  RELEASEDIR: done,
  OPEN: open,
  READ: read,
  RELEASE: release,
  // Nothing is ever dirty. Success, not "unknown": an answer of ENOSYS would be remembered past an upgrade of this process.
  FLUSH: done,
  FSYNC: done,
  FSYNCDIR: done,
  GETXATTR: getxattr,
  LISTXATTR: listxattr,
  LSEEK: lseek,
  INTERRUPT: interrupt,
  DESTROY: done,
  NOTIFY_REPLY: upkeep,
  ...Object.fromEntries(WRITES.map((name) => [name, refused])),
};

/** Operations by opcode; an opcode without a row is answered ENOSYS. */
export const OPERATIONS: ReadonlyMap<number, Operation> = new Map(
  Object.entries(HANDLERS).map(([name, handle]) => [
    abi.Opcode[name as keyof typeof abi.Opcode],
    { name, handle },
  ]),
);
