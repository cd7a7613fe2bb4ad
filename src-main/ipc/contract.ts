/**
 * Everything a screen or a command can ask of a running Orbit GhostFS, and everything it can watch: one description for all
 * transports. Inputs come from outside and are validated against these schemas; outputs are typed by them.
 * Units: bytes, bytes per second, and milliseconds since 1970 unless a name says otherwise. Null means "not known" or "none".
 */
import { z } from 'zod';

/** Grows when a client of an older version could misunderstand an answer; `app.info` tells it. */
export const CONTRACT_VERSION = 1;

/** Names a job among all catalogues: eight hex digits of the catalogue's path, a dash, the job's number. */
const jobKey = z.string().regex(/^[0-9a-f]{8}-\d{1,15}$/, 'is not the key of a job');
/** Below the root of a job, separated by `/`; empty is the root itself. Names of catalogues can be very long. */
const relativePath = z
  .string()
  .max(262_144)
  .refine((path) => !path.startsWith('/') && !path.includes('\0'), 'is not a relative path')
  .refine((path) => !path.split('/').includes('..'), 'leads out of the job');
const localPath = z
  .string()
  .min(1)
  .max(4_096)
  .refine((path) => !path.includes('\0'), 'is not a path');
const count = z.number().int().nonnegative();
const bytes = count;
const rate = z.number().nonnegative();
const time = z.number();

const problem = z.object({
  /** Stable, for programs. */
  code: z.string(),
  /** What is wrong, where, what to do; for people. */
  sentence: z.string(),
});

const job = z.object({
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
  /** Why the state is `failed`, or the last thing that went wrong while mounted. */
  problem: problem.nullable(),
});

const task = z.object({
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

const state = z.object({
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
  tasks: z.array(task),
  /** What is wrong with the settings file; the defaults apply then. */
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
const transfer = z.object({
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
const reader = z.object({
  job: jobKey,
  pid: count,
  process: z.string(),
  /** The file it read last; null when it cannot be told. */
  path: z.string().nullable(),
  bytes,
  rate,
  lastReadAt: time,
});
const activity = z.object({
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

const cache = z.object({
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
});
const cleared = z.object({ blocks: count, bytes });

/** State of one block, the value of its byte in a block map. */
export const BLOCK_STATES = ['missing', 'queued', 'fetching', 'cached', 'corrupt', 'pinned'] as const;
const blocks = z.discriminatedUnion('kind', [
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

const logLine = z.object({
  at: time,
  level: z.enum(['error', 'warn', 'info', 'debug']),
  from: z.enum(['engine', 'supervisor', 'screen']),
  text: z.string(),
});

const settingValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]);
const settings = z.object({
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
      /** Takes effect when the program starts again. */
      needsRestart: z.boolean(),
    }),
  ),
});

const entry = z.object({
  name: z.string(),
  kind: z.enum(['file', 'directory']),
  size: bytes,
  /** Seconds since 1970. */
  mtime: z.number(),
  cachedBytes: bytes,
});

const setupCheck = z.object({
  name: z.string(),
  ok: z.boolean(),
  /** What was found; when not ok, also what to do. */
  sentence: z.string(),
});

const method = <Input extends z.ZodType, Output extends z.ZodType>(
  input: Input,
  output: Output,
  /** `near`: not for the browser, only for the app's own window and the command line of the same user. */
  reach: 'all' | 'near' = 'all',
) => ({ input, output, reach });

const nothing = z.strictObject({});
const oneJob = z.strictObject({ job: jobKey });
const onePlace = z.strictObject({ job: jobKey, path: relativePath });

export const METHODS = {
  'app.info': method(
    nothing,
    z.object({
      version: z.string(),
      contract: z.number(),
      pid: count,
      /** What this transport's host can do with a file. */
      can: z.object({ reveal: z.boolean(), drag: z.boolean(), download: z.boolean(), choose: z.boolean() }),
      /** Without the token; null where there is no browser screen. */
      screen: z.string().nullable(),
    }),
  ),
  /** Unmounts everything and ends the program. Fails with MOUNT_BUSY naming the mounts unless `force`. */
  'app.stop': method(z.strictObject({ force: z.boolean() }), nothing, 'near'),
  /** The address of the browser screen with its token. */
  'app.screen': method(nothing, z.object({ url: z.string().nullable() }), 'near'),
  'setup.check': method(nothing, z.object({ checks: z.array(setupCheck) })),
  /** Makes the demo's catalogue and source if they are missing and adds the catalogue. */
  'setup.demo': method(nothing, z.object({ jobs: z.array(jobKey) })),
  'catalogues.add': method(z.strictObject({ path: localPath }), z.object({ jobs: z.array(jobKey) })),
  'catalogues.remove': method(z.strictObject({ path: localPath }), nothing),
  'catalogues.refresh': method(nothing, nothing),
  'jobs.mount': method(
    z.strictObject({ job: jobKey, mountPoint: localPath.optional() }),
    z.object({ mountPoint: z.string() }),
  ),
  /** Fails with MOUNT_BUSY while something is open in it, unless `force`: then it is detached and ends with its readers. */
  'jobs.unmount': method(z.strictObject({ job: jobKey, force: z.boolean() }), nothing),
  /** Adds a folder, or the URL of one, to the first catalogue as a job. Progress is a task of the state. */
  'jobs.publish': method(
    z.strictObject({ directory: localPath, name: z.string().max(200).optional() }),
    z.object({ task: z.string() }),
  ),
  'tasks.cancel': method(z.strictObject({ task: z.string() }), nothing),
  'tasks.dismiss': method(z.strictObject({ task: z.string() }), nothing),
  'fetching.pause': method(z.strictObject({ paused: z.boolean() }), nothing),
  'files.list': method(
    z.strictObject({
      job: jobKey,
      path: relativePath,
      offset: count,
      limit: z.number().int().min(1).max(500),
    }),
    z.object({
      entries: z.array(entry),
      total: count,
      /** Of the directory and all below, where that is cheap to know; null otherwise. */
      cachedBytes: bytes.nullable(),
    }),
  ),
  /** The absolute path of a file of a mounted job, for copying. */
  'files.path': method(onePlace, z.object({ path: z.string() })),
  'files.reveal': method(onePlace, nothing, 'near'),
  /** Opens the folder of a mounted job in the file manager. */
  'jobs.open': method(oneJob, nothing, 'near'),
  /** Asks the person for a folder or a catalogue; null when they changed their mind. */
  'dialog.choose': method(
    z.strictObject({ what: z.enum(['folder', 'catalogue']) }),
    z.object({ path: z.string().nullable() }),
    'near',
  ),
  'cache.status': method(nothing, cache),
  /** Of one job or namespace, or of all. */
  'cache.clear': method(
    z.strictObject({ job: jobKey.optional(), namespace: z.string().max(200).optional() }),
    cleared,
  ),
  'settings.get': method(nothing, settings),
  /** Null sets a key back to its default. Nothing is changed when one value is wrong: fails with SETTING_INVALID. */
  'settings.set': method(z.strictObject({ values: z.record(z.string(), settingValue) }), settings),
  /** What the screen wants in the log, such as a failure of its own. */
  'log.write': method(
    z.strictObject({ level: z.enum(['error', 'warn', 'info']), text: z.string().max(4_000) }),
    nothing,
  ),
} as const;

const topic = <Input extends z.ZodType, Event extends z.ZodType>(input: Input, event: Event) => ({
  input,
  event,
});

/** The first event of a subscription is the whole; later ones are the whole again, except for `blocks` and `log`. */
export const TOPICS = {
  state: topic(nothing, state),
  activity: topic(nothing, activity),
  cache: topic(nothing, cache),
  blocks: topic(onePlace, blocks),
  /** The last lines first, then those that come. */
  log: topic(nothing, z.object({ lines: z.array(logLine) })),
} as const;

export type MethodName = keyof typeof METHODS;
export type TopicName = keyof typeof TOPICS;
export type Input<Name extends MethodName> = z.input<(typeof METHODS)[Name]['input']>;
export type Output<Name extends MethodName> = z.output<(typeof METHODS)[Name]['output']>;
export type TopicInput<Name extends TopicName> = z.input<(typeof TOPICS)[Name]['input']>;
export type TopicEvent<Name extends TopicName> = z.output<(typeof TOPICS)[Name]['event']>;
export type State = z.output<typeof state>;
export type Job = z.output<typeof job>;
export type Task = z.output<typeof task>;
export type Problem = z.output<typeof problem>;
export type Activity = z.output<typeof activity>;
export type Transfer = z.output<typeof transfer>;
export type Reader = z.output<typeof reader>;
export type CacheStatus = z.output<typeof cache>;
export type BlocksEvent = z.output<typeof blocks>;
export type LogLine = z.output<typeof logLine>;
export type Settings = z.output<typeof settings>;
export type SettingField = Settings['fields'][number];
export type SettingValue = z.output<typeof settingValue>;
export type Entry = z.output<typeof entry>;
export type SetupCheck = z.output<typeof setupCheck>;

/**
 * What travels, on every transport, as one JSON object per message. `id` is the client's and unique among its calls and
 * subscriptions under way. A subscription sends its next event only after the client has acknowledged the last: a client
 * that is slow gets fewer and newer events, never a queue. Sequence numbers count from 1 without gaps; a client that sees
 * one subscribes again.
 */
export const clientMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('call'), id: count, method: z.string().max(64), input: z.unknown() }),
  z.strictObject({ type: z.literal('subscribe'), id: count, topic: z.string().max(64), input: z.unknown() }),
  z.strictObject({ type: z.literal('acknowledge'), id: count, sequence: count }),
  z.strictObject({ type: z.literal('unsubscribe'), id: count }),
]);
export type ClientMessage = z.output<typeof clientMessage>;

export type ServerMessage =
  | { readonly type: 'result'; readonly id: number; readonly output: unknown }
  /** Ends a call, or a subscription that cannot go on. */
  | { readonly type: 'error'; readonly id: number; readonly error: Problem }
  | { readonly type: 'event'; readonly id: number; readonly sequence: number; readonly event: unknown }
  /** A message that made no sense; the connection ends. */
  | { readonly type: 'refused'; readonly sentence: string };
