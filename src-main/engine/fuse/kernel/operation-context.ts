/**
 * What a handler of an operation works with: the session's parts, and the fields of the request it answers. Invariant: no
 * field is read from a body that is too short for its struct.
 */
import { GhostError } from '../../errors.ts';
import type { DescribedArtifact } from '../../filesystem/attributes.ts';
import type { GhostFilesystem } from '../../filesystem/ghost-filesystem.ts';
import type { ArtifactWithBlocks, BlockAttribute } from '../../filesystem/extended-attributes.ts';
import type { FileHandle, OpenFile } from '../../filesystem/open-files.ts';
import type { Artifact } from '../../metadata/metadata-oracle.ts';
import type { InodeTranslator, NodeId } from '../../metadata/inode-translator.ts';
import * as abi from './protocol/abi.ts';
import type { Negotiated } from './protocol/init.ts';
import type { Request } from './request.ts';

/** A read whose blocks are not all cached, as the event loop needs it. */
export interface DeferredRead {
  readonly unique: bigint;
  /** The thread that reads, see Request.pid. */
  readonly thread: number;
  readonly file: OpenFile['file'];
  readonly ordinal: OpenFile['ordinal'];
  readonly offset: number;
  readonly length: number;
}

/** A question for an attribute that tells of blocks, as the event loop needs it. */
export interface DeferredAttribute {
  readonly unique: bigint;
  /** The thread that asks, see Request.pid. */
  readonly thread: number;
  readonly name: BlockAttribute;
  readonly artifact: ArtifactWithBlocks;
  /** Bytes that the answer may have; 0 asks how many it has. */
  readonly capacity: number;
}

/** What handlers work with; one per session. */
export interface OperationContext {
  readonly filesystem: GhostFilesystem;
  readonly inodes: InodeTranslator;
  /** Hands a read to the event loop. */
  defer(read: DeferredRead): void;
  /** Hands a question for an attribute to the event loop. */
  deferAttribute(attribute: DeferredAttribute): void;
  /** Counts a read that was answered from the cache. */
  served(read: Pick<Request, 'pid' | 'node'>, ordinal: OpenFile['ordinal'], bytes: number): void;
  /** Tells the event loop that a handle moved on to the next block without needing it. */
  advanced(file: OpenFile['file'], block: number): void;
  /** Tells the event loop that the kernel gave up on a request. */
  interrupt(unique: bigint): void;
  /** The handshake is over: done, or impossible with this kernel for the reason given. */
  ready(outcome: Negotiated | { readonly refusal: string }): void;
}

function truncated(request: Request): GhostError {
  return new GhostError(
    'ARGUMENT_INVALID',
    `The kernel sent operation ${request.opcode} with a body that is too short.`,
  );
}

/** The declared struct at the start of the body. Throws ARGUMENT_INVALID when it is cut short. */
export function body<S extends abi.AnyStruct>(request: Request, declared: S): abi.StructOf<S> {
  const values = request.body(declared);
  if (values === undefined) throw truncated(request);
  return values;
}

export function nameOf(request: Request, offset = 0): Buffer {
  const name = request.name(offset);
  if (name === undefined) throw truncated(request);
  return name;
}

export function artifactOf(request: Request, { filesystem, inodes }: OperationContext): Artifact {
  return filesystem.artifact(inodes.resolve(request.node as NodeId));
}

export function openFileOf(request: Request, context: OperationContext, fh: number): OpenFile {
  return context.filesystem.openFile(fh as FileHandle, () => artifactOf(request, context));
}

/**
 * The artifact GETATTR asks about. While the catalogue is locked, an open file answers for itself: before a read of cached
 * pages the kernel asks for the size again, and that read must not wait for the catalogue.
 */
export function artifactToDescribe(request: Request, context: OperationContext): DescribedArtifact {
  try {
    return artifactOf(request, context);
  } catch (error) {
    const { getattrFlags, fh } = body(request, abi.GetattrIn);
    const busy = error instanceof GhostError && error.code === 'CATALOGUE_BUSY';
    const open = busy && (getattrFlags & abi.GETATTR_FH) !== 0;
    const file = open ? context.filesystem.settledFile(fh as FileHandle) : undefined;
    if (file === undefined) throw error;
    return { ...file, isDirectory: false };
  }
}
