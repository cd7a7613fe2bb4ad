/**
 * What supervisor and engine say to each other over the child's IPC channel, as JSON: the two may run on different V8s, whose
 * own format is no contract between them. So no bigint, bytes, Map or Set, and undefined only as a property left out. The
 * supervisor asks, the engine answers each request once under its id; what happens by itself are events. Both ends are of the
 * same build: nothing is validated here.
 */
import type { KernelSession } from '../fuse/driver.ts';
import type { DriverChoice } from '../fuse/select-driver.ts';
import type { HmacKeys } from '../hmac-keys.ts';
import type { LogLevel } from '../log.ts';
import type { SourceState } from '../wormhole/source-standing.ts';

/** The engine's end of a socket pair for copies of descriptors; before it are the standard streams and the channel. */
export const KEEPER_DESCRIPTOR = 4;
/** On the engine's command line: that descriptor is there. */
export const KEEPER_ARGUMENT = '--keeper';

/** Names a job among all catalogues; the supervisor makes it, the engine only carries it. */
export type JobKey = string;

export interface EngineSettings {
  /** Undefined: nothing is kept on disk. */
  readonly cacheDirectory: string | undefined;
  /** Undefined: as much as the disk holds. */
  readonly cacheLimitBytes: number | undefined;
  /** Bytes of its disk that the cache leaves free; undefined: none. */
  readonly cacheMinFreeBytes: number | undefined;
  readonly transfers: number;
  /** For blocks in memory; undefined: as much as is usual. */
  readonly memoryBytes?: number | undefined;
  /** To one host; undefined: as many as are usual. */
  readonly requestsPerSecond?: number | undefined;
  readonly deadlineMs: number;
  readonly logLevel: LogLevel;
  readonly driver: DriverChoice;
  /** For jobs that were published with a key; no key is known unless given. Paths, never what is in the files. */
  readonly hmacKeys?: HmacKeys;
}

/** A job and where it is written. */
export interface JobPlace {
  readonly key: JobKey;
  /** Absolute path. */
  readonly database: string;
  readonly job: number;
}

/** What the job's description and the settings do not say of a mount. */
export interface MountChoices {
  /** Take the place of the catalogue's sources unless empty; URIs or paths, best first. */
  readonly sources: readonly string[];
  /** Bytes; undefined: the job's own. */
  readonly blockSize: number | undefined;
  /** Whether other users may read it too. */
  readonly allowOther: boolean;
}

export interface ListedJob {
  readonly id: number;
  readonly name: string;
  readonly sources: readonly string[];
  readonly files: number;
  readonly bytes: number;
  readonly created: string | undefined;
  /** Bytes of it in the cache, whether it is mounted or not. */
  readonly cachedBytes: number;
}

export interface ListedEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory';
  readonly size: number;
  readonly mtime: number;
  /** Null for a directory. */
  readonly cachedBytes: number | null;
}

export interface FileDescription {
  /** The artifact's, of any form. */
  readonly id: string;
  readonly size: number;
  readonly blockSize: number;
}

export interface CacheReport {
  readonly usedBytes: number;
  readonly blocks: number;
  readonly freeDiskBytes: number | undefined;
  readonly pinnedBytes: number;
  readonly evictableBytes: number;
  readonly trouble: string | undefined;
  /** Blocks found damaged, and removed, since the cache was opened. */
  readonly corruptBlocks: number;
  readonly namespaces: readonly {
    readonly namespace: string;
    /** The job's number, as the namespace tells it. */
    readonly job: number;
    readonly bytes: number;
    readonly blocks: number;
  }[];
}

export interface CheckedBlocks {
  /** Where to go on; undefined when all were checked. */
  readonly next: string | undefined;
  /** Of this stretch. */
  readonly blocks: number;
  readonly bytes: number;
  /** Blocks in the cache now. */
  readonly total: number;
  /** Removed, each with why: completes "its file". */
  readonly wrong: readonly {
    readonly namespace: string;
    readonly key: string;
    readonly block: number;
    readonly why: string;
  }[];
}

/** What a person asked to keep, and how far that has come. */
export interface PinReport {
  readonly namespace: string;
  /** The job's number, as the namespace tells it. */
  readonly job: number;
  /** Below the root of the job; empty: all of it. */
  readonly path: string;
  readonly kind: 'file' | 'directory';
  readonly files: number;
  /** Of the whole files. */
  readonly bytes: number;
  readonly cachedBytes: number;
  /** All of it is cached; what is missing is being fetched; or it cannot be at present. */
  readonly state: 'kept' | 'fetching' | 'waiting';
  /** What stands in the way; undefined when nothing does or the job is not mounted. */
  readonly problem: string | undefined;
}

/** How far a walk over the files of a job has come that brings them into the cache. */
export interface WarmedStretch {
  /** Where to go on; undefined at the end. */
  readonly next: string | undefined;
  /** Of this stretch: what is cached now, and what of that was fetched for it. */
  readonly bytes: number;
  readonly fetchedBytes: number;
  /** Files of which something did not come. */
  readonly missed: number;
  /** Too many of them in a row: the source or the cache seems to be away. */
  readonly gaveUp: boolean;
  /** Of all stretches together, with the first. */
  readonly total: { readonly files: number; readonly bytes: number } | undefined;
}

/** A session with the kernel, whose descriptor travels over the socket of descriptors under this number. */
export interface HandedSession extends KernelSession {
  readonly number: number;
}

/** Request name to what it takes and what it answers. */
export interface EngineRequests {
  /** First and once. */
  readonly configure: { readonly input: EngineSettings; readonly output: void };
  /** What of the settings can change while running: the limit, the deadline and the keys of mounts to come, the log's level. */
  readonly reconfigure: { readonly input: EngineSettings; readonly output: void };
  /** A sign of life of the event loop. */
  readonly ping: { readonly input: undefined; readonly output: void };
  readonly listJobs: { readonly input: { readonly database: string }; readonly output: readonly ListedJob[] };
  readonly mount: {
    /** `session`: continues that one, which is at `mountPoint` already. Without choices: the job's own, for its user alone. */
    readonly input: JobPlace & {
      readonly mountPoint: string;
      readonly session?: HandedSession | undefined;
      readonly choices?: MountChoices | undefined;
    };
    readonly output: { readonly mountPoint: string };
  };
  /** `MOUNT_BUSY` unless forced, when something is open in it. */
  readonly unmount: {
    readonly input: { readonly key: JobKey; readonly force: boolean };
    readonly output: void;
  };
  readonly listFiles: {
    readonly input: JobPlace & { readonly path: string; readonly offset: number; readonly limit: number };
    readonly output: { readonly entries: readonly ListedEntry[]; readonly total: number };
  };
  /** `NOT_FOUND`; `IS_A_DIRECTORY` for a folder that is there. */
  readonly describeFile: {
    readonly input: JobPlace & { readonly path: string };
    readonly output: FileDescription;
  };
  /**
   * From now on `blocks` events tell of this file under `watch`, a number of its own for each request; the answer is its map
   * at this moment. `INTERRUPTED` when it was ended before it had begun.
   */
  readonly watchBlocks: {
    readonly input: JobPlace & { readonly path: string; readonly watch: number };
    readonly output: BlockMap;
  };
  readonly unwatchBlocks: { readonly input: { readonly watch: number }; readonly output: void };
  /** The namespace of a job's blocks in the cache. */
  readonly cacheNamespace: { readonly input: JobPlace; readonly output: string };
  readonly cacheReport: { readonly input: undefined; readonly output: CacheReport };
  readonly clearCache: {
    readonly input: { readonly namespace: string | undefined };
    readonly output: { readonly blocks: number; readonly bytes: number };
  };
  /**
   * Compares the next stretch of blocks with their digests; those that are wrong are removed. `from` is the `next` of the
   * stretch before, undefined for the first. CACHE_UNAVAILABLE without a cache, as in all that follow.
   */
  readonly checkCache: {
    readonly input: { readonly from: string | undefined };
    readonly output: CheckedBlocks;
  };
  /**
   * A file, or a folder and all below it, stays in the cache whatever the limit asks for; what is missing is fetched in the
   * background while the job is mounted. Answered when it is noted. ARGUMENT_INVALID when it does not fit.
   */
  readonly pin: { readonly input: JobPlace & { readonly path: string }; readonly output: void };
  /**
   * All that is pinned at a path and below. What is not is no error; ARGUMENT_INVALID below a folder that is pinned. Nothing is
   * removed unless the cache is above its limit.
   */
  readonly unpin: {
    readonly input: { readonly namespace: string; readonly path: string };
    readonly output: { readonly files: number; readonly bytes: number; readonly cachedBytes: number };
  };
  readonly pins: { readonly input: undefined; readonly output: readonly PinReport[] };
  /**
   * Fetches what is missing of the next stretch of files at a path and below, for a second or so. `from` is the `next` of the
   * stretch before, undefined for the first. MOUNT_FAILED when the job is not mounted, ARGUMENT_INVALID when it does not fit.
   */
  readonly warm: {
    readonly input: JobPlace & { readonly path: string; readonly from: string | undefined };
    readonly output: WarmedStretch;
  };
  readonly setPaused: { readonly input: { readonly paused: boolean }; readonly output: void };
  /** Whether somebody looks at activity: who reads is kept, and what is under way told, only meanwhile. */
  readonly setWatched: { readonly input: { readonly watched: boolean }; readonly output: void };
  /** Unmounts everything, closes the cache, ends. */
  readonly stop: { readonly input: { readonly force: boolean }; readonly output: void };
}
export type EngineRequestName = keyof EngineRequests;

export interface BlockMap {
  readonly size: number;
  readonly blockSize: number;
  /** Base64; one byte per block: 0 missing, 1 queued, 2 fetching, 3 cached, 4 corrupt, 5 pinned. */
  readonly states: string;
}

/**
 * What the engine counts, every quarter of a second while it is watched, else once a second and without transfers and readers.
 * Totals are since the mount.
 */
export interface ActivityReport {
  readonly jobs: readonly {
    readonly key: JobKey;
    readonly readBytes: number;
    readonly fetchedBytes: number;
    readonly hits: number;
    readonly misses: number;
    readonly cachedBytes: number;
  }[];
  readonly transfers: readonly {
    readonly id: string;
    readonly key: JobKey;
    readonly path: string;
    readonly firstBlock: number;
    readonly blocks: number;
    readonly bytes: number;
    readonly received: number;
    readonly priority: 'user' | 'readahead' | 'warm';
    readonly source: string;
    /** Milliseconds since 1970. */
    readonly startedAt: number;
  }[];
  readonly readers: readonly {
    readonly key: JobKey;
    readonly pid: number;
    readonly process: string;
    readonly path: string | undefined;
    readonly bytes: number;
    readonly lastReadAt: number;
  }[];
  readonly cacheUsedBytes: number;
}

export type EngineEvent =
  | { readonly event: 'ready' }
  /** A new mount has begun: its session, to be kept for the next engine. */
  | ({ readonly event: 'session'; readonly key: JobKey } & HandedSession)
  | { readonly event: 'activity'; readonly report: ActivityReport }
  /** A mount ended without being asked to. */
  | { readonly event: 'ended'; readonly key: JobKey; readonly reason: string; readonly failed: boolean }
  /**
   * What a job's sources are together has changed; reachable at first. Said again as `reachable` with the first block after
   * a problem that was a source's.
   */
  | {
      readonly event: 'sources';
      readonly key: JobKey;
      readonly state: SourceState;
      /** Undefined when they are reachable. */
      readonly problem: { readonly code: string; readonly sentence: string } | undefined;
    }
  /** Something a person should see: a read that failed. */
  | {
      readonly event: 'problem';
      readonly key: JobKey | undefined;
      readonly path: string | undefined;
      readonly code: string;
      readonly sentence: string;
    }
  | {
      readonly event: 'blocks';
      readonly watch: number;
      /** First block, how many, new state. */
      readonly changes: readonly (readonly [number, number, number])[];
      /** First block, how many. */
      readonly reads: readonly (readonly [number, number])[];
    }
  | { readonly event: 'log'; readonly level: LogLevel; readonly text: string };

export type ToEngine = {
  readonly [Name in EngineRequestName]: {
    readonly id: number;
    readonly request: Name;
    readonly input: EngineRequests[Name]['input'];
  };
}[EngineRequestName];

export type FromEngine =
  | { readonly id: number; readonly output: unknown }
  | { readonly id: number; readonly error: { readonly code: string; readonly sentence: string } }
  | EngineEvent;
