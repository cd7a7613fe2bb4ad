/**
 * The things that screens and commands see, as schemas: jobs, tasks, activity, cache, blocks, settings, files.
 * Units: bytes, bytes per second, and milliseconds since 1970 unless a name says otherwise. Null means "not known" or "none".
 */
import { z } from 'zod';

/** Names a job among all catalogues: eight hex digits of the catalogue's path, a dash, the job's number. */
export const jobKey = z.string().regex(/^[0-9a-f]{8}-\d{1,15}$/, 'is not the key of a job');
/** Below the root of a job, separated by `/`; empty is the root itself. Names of catalogues can be very long. */
export const relativePath = z
  .string()
  .max(262_144)
  .refine((path) => !path.startsWith('/') && !path.includes('\0'), 'is not a relative path')
  .refine((path) => !path.split('/').includes('..'), 'leads out of the job');
export const localPath = z
  .string()
  .min(1)
  .max(4_096)
  .refine((path) => !path.includes('\0'), 'is not a path');
export const count = z.number().int().nonnegative();
export const bytes = z.number().int().nonnegative();
const rate = z.number().nonnegative();
const time = z.number();

export const problem = z.object({
  /** Stable, for programs. */
  code: z.string(),
  /** What is wrong, where, what to do; for people. */
  sentence: z.string(),
});

export const job = z.object({
  key: jobKey,
  /** The catalogue's number for it. */
  id: count,
  catalogue: z.string(),
  name: z.string(),
  /** Best first. */
  sources: z.array(z.string()),
  files: count,
  bytes,
  /** As the catalogue writes it. */
  created: z.string().nullable(),
  state: z.enum(['unmounted', 'mounting', 'mounted', 'unmounting', 'failed']),
  /** Where it is, or would be, mounted. */
  mountPoint: z.string(),
  mountedAt: time.nullable(),
  cachedBytes: bytes,
  /**
   * What its sources, together, were when they were last asked since it was mounted. `away`: none answers, and what is cached
   * can still be read; it heals by itself. `refused`: they want other credentials; what is cached can still be read.
   */
  source: z.enum(['reachable', 'away', 'refused']),
  /** Why the state is `failed`, or the last thing that went wrong while mounted. */
  problem: problem.nullable(),
});

export const task = z.object({
  id: z.string(),
  kind: z.literal('publish'),
  title: z.string(),
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  /** 0 to 1; null while the end is not known. */
  progress: z.number().min(0).max(1).nullable(),
  detail: z.string(),
  problem: problem.nullable(),
  /** The job it made. */
  job: jobKey.nullable(),
});

export const state = z.object({
  engine: z.object({
    state: z.enum(['starting', 'running', 'restarting', 'stopping', 'failed']),
    since: time,
    /** Unwanted ends since the start of the program. */
    restarts: count,
    sentence: z.string().nullable(),
  }),
  /** While true no block is fetched; reads of blocks that are not cached wait. */
  paused: z.boolean(),
  jobs: z.array(job),
  catalogues: z.array(z.object({ path: z.string(), jobs: count, problem: problem.nullable() })),
  /** The catalogue a folder is published into unless another is named. When it is not among those listed, it is made. */
  publishInto: z.string(),
  tasks: z.array(task),
  /** Which settings have no effect, why, and what applies instead. */
  settingsProblem: z.string().nullable(),
  theme: z.enum(['system', 'light', 'dark']),
  /** Nothing was ever set up: no settings file, no catalogue. */
  firstRun: z.boolean(),
});

const jobActivity = z.object({
  job: jobKey,
  /** Totals since the mount. */
  readBytes: bytes,
  fetchedBytes: bytes,
  /** Reads answered from the cache alone, and all others. */
  hits: count,
  misses: count,
  /** Over the last second or so. */
  readRate: rate,
  fetchRate: rate,
});
export const transfer = z.object({
  id: z.string(),
  job: jobKey,
  path: z.string(),
  firstBlock: count,
  blocks: count,
  bytes,
  received: bytes,
  priority: z.enum(['user', 'readahead', 'warm']),
  /** Empty while it waits for a place. */
  source: z.string(),
  rate,
  startedAt: time,
});
export const reader = z.object({
  job: jobKey,
  pid: count,
  process: z.string(),
  /** The file it read last; null when it cannot be told. */
  path: z.string().nullable(),
  bytes,
  rate,
  lastReadAt: time,
});
export const activity = z.object({
  at: time,
  jobs: z.array(jobActivity),
  transfers: z.array(transfer),
  readers: z.array(reader),
  /** One sample a second, the oldest first, two minutes at most. */
  history: z.object({ fetched: z.array(rate), read: z.array(rate) }),
  /** The latest first. */
  problems: z.array(problem.extend({ at: time, job: jobKey.nullable(), path: z.string().nullable() })),
  cache: z.object({ usedBytes: bytes, limitBytes: bytes.nullable(), freeDiskBytes: bytes.nullable() }),
});

/** What a person asked to keep offline: a file, or a folder and all below it. */
export const pin = z.object({
  /** Null when no catalogue that is listed has this job any more. */
  job: jobKey.nullable(),
  /** The cache's own name for the job's blocks. */
  namespace: z.string(),
  /** Of the job. */
  name: z.string(),
  /** Below the root of the job; empty: all of it. */
  path: z.string(),
  kind: z.enum(['file', 'directory']),
  files: count,
  bytes,
  cachedBytes: bytes,
  /** All of it is cached; what is missing is being fetched; or it cannot be at present. */
  state: z.enum(['kept', 'fetching', 'waiting']),
  /** Why it waits; null unless it does. */
  reason: z.string().nullable(),
});

export const cache = z.object({
  directory: z.string(),
  usedBytes: bytes,
  blocks: count,
  limitBytes: bytes.nullable(),
  freeDiskBytes: bytes.nullable(),
  pinnedBytes: bytes,
  /** What could be removed now. */
  evictableBytes: bytes,
  /** Why nothing is being kept at present. */
  trouble: z.string().nullable(),
  jobs: z.array(
    z.object({
      /** Null when no catalogue that is listed has this job any more. */
      job: jobKey.nullable(),
      /** The cache's own name for what belongs together. */
      namespace: z.string(),
      name: z.string(),
      bytes,
      blocks: count,
    }),
  ),
  /** In the order of jobs and paths. */
  pins: z.array(pin),
});
/** How far a walk over files has come that brings them into the cache. */
export const warmed = z.object({
  next: z.string().nullable(),
  /** Of this stretch: what is cached now, and what of that was fetched for it. */
  bytes,
  fetchedBytes: bytes,
  /** Files of which something did not come. */
  missed: count,
  /** Too many of them in a row: there is little sense in going on now. */
  gaveUp: z.boolean(),
  /** Of all stretches together; with the first, null with the others. */
  total: z.object({ files: count, bytes }).nullable(),
});
export const checked = z.object({
  next: z.string().nullable(),
  /** Of this stretch. */
  blocks: count,
  bytes,
  /** Blocks in the cache now. */
  total: count,
  wrong: z.array(
    z.object({
      /** Below the cache directory. */
      file: z.string(),
      /** Completes "its file". */
      why: z.string(),
    }),
  ),
});
export const cleared = z.object({ blocks: count, bytes });

/** State of one block, the value of its byte in a block map. */
export const BLOCK_STATES = ['missing', 'queued', 'fetching', 'cached', 'corrupt', 'pinned'] as const;
export const blocks = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('snapshot'),
    size: bytes,
    blockSize: bytes,
    blocks: count,
    /** Base64; one byte per block, its index in BLOCK_STATES. */
    states: z.string(),
  }),
  z.object({
    kind: z.literal('delta'),
    /** First block, how many, index in BLOCK_STATES; in order. */
    changes: z.array(z.tuple([count, count, count])),
    /** First block, how many: read since the last delta. */
    reads: z.array(z.tuple([count, count])),
  }),
]);

export const logLine = z.object({
  at: time,
  level: z.enum(['error', 'warn', 'info', 'debug']),
  from: z.enum(['engine', 'supervisor', 'screen']),
  text: z.string(),
});

export const settingValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]);
export const settings = z.object({
  file: z.string(),
  problem: z.string().nullable(),
  /** In the order of the file. The screen is built from this list. */
  fields: z.array(
    z.object({
      /** As in the file: `cache.limit`. */
      key: z.string(),
      label: z.string(),
      help: z.string(),
      kind: z.enum(['path', 'paths', 'size', 'integer', 'choice', 'switch']),
      choices: z.array(z.string()),
      /** For numbers: `seconds`, `transfers`; empty for others. */
      unit: z.string(),
      /** Sizes are text such as `20GiB`; an empty one means no limit. */
      value: settingValue,
      default: settingValue,
      /** What stands above the file for this key, if anything does; the file's value has no effect then. */
      overriddenBy: z.string().nullable(),
      /** Why it has no effect in this program and cannot be changed here; null when it can. */
      unavailable: z.string().nullable(),
      /** Takes effect when the program starts again. */
      needsRestart: z.boolean(),
    }),
  ),
});

export const entry = z.object({
  name: z.string(),
  kind: z.enum(['file', 'directory']),
  size: bytes,
  /** Seconds since 1970. */
  mtime: z.number(),
  /** Null for a directory: adding up what is below it is not cheap. */
  cachedBytes: bytes.nullable(),
});

export const setupCheck = z.object({
  name: z.string(),
  ok: z.boolean(),
  /** What was found; when not ok, also what to do. */
  sentence: z.string(),
});

/** Something that was looked at, on this machine or around it. */
export const healthCheck = z.object({
  name: z.string(),
  level: z.enum(['ok', 'warning', 'problem']),
  /** What was found. */
  sentence: z.string(),
  /** What to do. */
  remedy: z.string().nullable(),
  /** Whether `health.mend` can do something about it. */
  mendable: z.boolean(),
});
