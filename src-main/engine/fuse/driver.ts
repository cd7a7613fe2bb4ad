/**
 * The seam between the kernel and the engine: a driver mounts one job and turns kernel requests into filesystem
 * operations. Two implementations (kernel/, native/), one conformance suite (test/mount/driver-conformance.test.ts).
 */
import type { ServedBlocks } from '../cache/served-blocks.ts';
import type { Logger } from '../log.ts';
import type { ObservingBlockReader } from '../entangler/block-reader.ts';
import type { BlockAttributeReader } from '../filesystem/extended-attributes.ts';
import type { MountSettings } from '../filesystem/mount-settings.ts';
import type { Negotiated } from './kernel/protocol/init.ts';
import type { ReadTable } from '../filesystem/read-table.ts';

export type DriverName = 'linux-kernel' | 'fuse-native';

export interface MountRequest {
  readonly settings: MountSettings;
  /** Fetches what the cache does not have. */
  readonly blocks: ObservingBlockReader;
  /** Answers attributes that tell of a file's blocks. */
  readonly attributes: BlockAttributeReader;
  readonly reads: ReadCounts;
  /** Hears now and then which cached blocks were served since. */
  readonly served: (served: readonly ServedBlocks[]) => void;
  readonly logger: Logger;
  readonly continuity?: Continuity | undefined;
}

/** How a session with the kernel outlives the process that serves it: somebody else holds a copy of its descriptor. */
export interface Continuity {
  /** A session that an earlier process began on this mount point: it is continued, nothing is mounted. */
  readonly inherited: InheritedSession | undefined;
  /** Told of a session that a later process could continue; `fd` is the driver's, the keeper makes its copy at once. */
  readonly keep: (fd: number, session: KernelSession) => void;
}

/** What a process must know of a session to go on with it. */
export interface KernelSession {
  readonly negotiated: Negotiated;
  /** The kernel's number of it, by which its mount is told from another one at the same place. */
  readonly connection: number | undefined;
}

export interface InheritedSession extends KernelSession {
  /** Its descriptor of /dev/fuse, from then on the driver's to close. Throws MOUNT_FAILED. */
  take(): number;
}

/** Where a mount's reads are counted; each table has one thread that writes it. */
export interface ReadCounts {
  /** Reads answered by a responder thread; nobody writes it where there is none. */
  readonly responder: ReadTable;
  /** Reads answered by the event loop. */
  readonly eventLoop: ReadTable;
}

/** Why a mount is gone although nobody asked us; undefined after `unmount`. */
export type MountEnd =
  | { readonly reason: string; /** False: another program unmounted it. */ readonly failed: boolean }
  | undefined;

export interface Mount {
  readonly mountPoint: string;
  /** Resolves when the session is over. */
  readonly ended: Promise<MountEnd>;
  /** Soon lets go of block files that were removed from the cache, whose disk space is free only then, whether anybody reads or not. */
  upkeep(): void;
  /** Whether a thread that answers the kernel is still at the request it was at when this was asked before. */
  hangs(): boolean;
  /**
   * Takes the mount out of the tree unless something in it is open, a working directory for example: then it throws
   * MOUNT_BUSY and nothing has changed. The session's end is `unmount`'s to wait for.
   */
  detachIdle(): Promise<void>;
  /**
   * Takes the mount away and frees every waiting reader; safe to call twice. Resolves to false when somebody's open file
   * keeps the session, though no longer the mount, until this process ends: then leave through `exitNow`.
   */
  unmount(): Promise<boolean>;
}

export interface FuseDriver {
  readonly name: DriverName;
  /** Why this driver cannot work here, as a sentence with the remedy; undefined when it can. */
  unavailable(): Promise<string | undefined>;
  /** Resolves when the mount answers. Rejects with MOUNT_FAILED and a sentence. */
  mount(request: MountRequest): Promise<Mount>;
}
