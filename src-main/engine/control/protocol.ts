/**
 * What supervisor and engine say to each other over the child's IPC channel, as JSON: the two may run on different V8s, whose
 * own format is no contract between them. So no bigint, bytes, Map or Set, and undefined only as a property left out. The
 * supervisor asks, the engine answers each request once under its id; what happens by itself are events. Both ends are of the
 * same build: nothing is validated here.
 */
import type { DriverChoice } from '../fuse/select-driver.ts';
import type { LogLevel } from '../log.ts';
import type { SourceState } from '../wormhole/source-standing.ts';

/** Names a job among all catalogues; the supervisor makes it, the engine only carries it. */
export type JobKey = string;

export interface EngineSettings {
  readonly cacheDirectory: string;
  /** Undefined: as much as the disk holds. */
  readonly cacheLimitBytes: number | undefined;
  readonly transfers: number;
  readonly deadlineMs: number;
  readonly logLevel: LogLevel;
  readonly driver: DriverChoice;
}

/** A job and where it is written. */
export interface JobPlace {
  readonly key: JobKey;
  /** Absolute path. */
  readonly database: string;
  readonly job: number;
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
  readonly namespaces: readonly {
    readonly namespace: string;
    /** The job's number, as the namespace tells it. */
    readonly job: number;
    readonly bytes: number;
    readonly blocks: number;
  }[];
}

/** Request name to what it takes and what it answers. */
export interface EngineRequests {
  /** First and once. */
  readonly configure: { readonly input: EngineSettings; readonly output: void };
  /** What of the settings can change while running: the limit, the deadline of mounts to come, the log's level. */
  readonly reconfigure: { readonly input: EngineSettings; readonly output: void };
  /** A sign of life of the event loop. */
  readonly ping: { readonly input: undefined; readonly output: void };
  readonly listJobs: { readonly input: { readonly database: string }; readonly output: readonly ListedJob[] };
  readonly mount: {
    readonly input: JobPlace & { readonly mountPoint: string };
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
