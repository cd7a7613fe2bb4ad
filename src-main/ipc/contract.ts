/**
 * Everything a screen or a command can ask of a running Orbit GhostFS, and everything it can watch: one description for all
 * transports. Inputs come from outside and are validated against these schemas; outputs are typed by them.
 * Units: bytes, bytes per second, and milliseconds since 1970 unless a name says otherwise. Null means "not known" or "none".
 * Files of a job are named by the job's key and a path relative to its root, never by an absolute path. Absolute paths come in
 * with `catalogues.add` and `remove`, `jobs.publish` and `settings.set` alone: a person types or chooses them, in a browser as
 * in the app's window, and they say where things of theirs are. A mount point is taken from the command line only.
 */
import { z } from 'zod';
import {
  activity,
  blocks,
  bytes,
  cache,
  checked,
  cleared,
  count,
  entry,
  healthCheck,
  jobKey,
  localPath,
  logLine,
  relativePath,
  settingValue,
  settings,
  setupCheck,
  state,
  warmed,
  type job,
  type pin,
  type problem,
  type reader,
  type task,
  type transfer,
} from './shapes.ts';

/** Grows when a client of an older version could misunderstand an answer; `app.info` tells it. */
export const CONTRACT_VERSION = 1;

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
      /** Without a token; null where there is no browser screen. */
      screen: z.string().nullable(),
    }),
  ),
  /** Unmounts everything and ends the program. Fails with MOUNT_BUSY naming the mounts unless `force`. */
  'app.stop': method(z.strictObject({ force: z.boolean() }), nothing, 'near'),
  /** An address of the browser screen that lets one browser in, once; another each time. */
  'app.screen': method(nothing, z.object({ url: z.string().nullable() }), 'near'),
  'setup.check': method(nothing, z.object({ checks: z.array(setupCheck) })),
  /** Makes the demo's catalogue and source if they are missing and adds the catalogue. */
  'setup.demo': method(nothing, z.object({ jobs: z.array(jobKey) })),
  /** Looks at everything that the program needs; takes up to a minute where something does not answer. */
  'health.check': method(nothing, z.object({ checks: z.array(healthCheck) })),
  /** Mends what can be mended without deleting data, says what was done, and looks again. */
  'health.mend': method(nothing, z.object({ mended: z.array(z.string()), checks: z.array(healthCheck) })),
  /** Writes a support bundle that tells no secrets and no names. `file`: from the command line only. */
  'health.bundle': method(
    z.strictObject({ file: localPath.optional() }),
    z.object({ file: z.string(), parts: z.array(z.string()), checks: z.array(healthCheck) }),
  ),
  'catalogues.add': method(z.strictObject({ path: localPath }), z.object({ jobs: z.array(jobKey) })),
  'catalogues.remove': method(z.strictObject({ path: localPath }), nothing),
  'catalogues.refresh': method(nothing, nothing),
  /** `mountPoint`: from the command line only. */
  'jobs.mount': method(
    z.strictObject({ job: jobKey, mountPoint: localPath.optional() }),
    z.object({ mountPoint: z.string() }),
  ),
  /** Fails with MOUNT_BUSY while something is open in it, unless `force`: then it is detached and ends with its readers. */
  'jobs.unmount': method(z.strictObject({ job: jobKey, force: z.boolean() }), nothing),
  /**
   * Adds a folder, or the URL of one, as a job to a catalogue that is listed, to the state's `publishInto` unless one is named.
   * Progress is a task of the state.
   */
  'jobs.publish': method(
    z.strictObject({
      directory: localPath,
      name: z.string().max(200).optional(),
      catalogue: localPath.optional(),
    }),
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
  /**
   * Compares the next stretch of cached blocks with their digests and removes those that are wrong: `next` of the answer is the
   * `from` of the next question, null at the end.
   */
  'cache.verify': method(z.strictObject({ from: z.string().max(100).optional() }), checked),
  /**
   * Keeps a file, or a folder and all below it, offline: it is never removed to make room, and what is missing is fetched in the
   * background while the job is mounted. Answered when that is noted; `cache` tells how far it has come. Fails with
   * ARGUMENT_INVALID when it does not fit into the cache.
   */
  'cache.pin': method(onePlace, nothing),
  /**
   * Gives up what is pinned at a path and below; what that was is the answer. Its blocks stay until room is needed. Named by the
   * job, or by the namespace where no catalogue has it any more.
   */
  'cache.unpin': method(
    z.strictObject({
      job: jobKey.optional(),
      namespace: z.string().max(200).optional(),
      path: relativePath,
    }),
    z.object({ files: count, bytes, cachedBytes: bytes }),
  ),
  /**
   * Fetches what is missing of the next files at a path and below, for a second or so: `next` of the answer is the `from` of the
   * next question, null at the end.
   */
  'cache.warm': method(
    z.strictObject({ job: jobKey, path: relativePath, from: z.string().max(1_000_000).optional() }),
    warmed,
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
  /** Whoever changes them: a screen, a command, an editor. */
  settings: topic(nothing, settings),
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
export type Pin = z.output<typeof pin>;
export type BlocksEvent = z.output<typeof blocks>;
export type LogLine = z.output<typeof logLine>;
export type Settings = z.output<typeof settings>;
export type SettingField = Settings['fields'][number];
export type SettingValue = z.output<typeof settingValue>;
export type Entry = z.output<typeof entry>;
export type HealthCheck = z.output<typeof healthCheck>;
export type SetupCheck = z.output<typeof setupCheck>;
