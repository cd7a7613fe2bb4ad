/**
 * Answers the supervisor: one engine, its mounts, and what can be asked of them. Invariant: every request is answered once;
 * requests run side by side, what they ask of one mount in order.
 */
import type { DiskCache } from '../cache/disk-cache.ts';
import { systemClock, type Clock } from '../clock.ts';
import { GhostError, messageOf } from '../errors.ts';
import type { Continuity } from '../fuse/driver.ts';
import { GhostEngine, type GhostFs } from '../ghostfs.ts';
import type { Logger, LogLevel } from '../log.ts';
import { cacheHandlers } from './cache-requests.ts';
import { Catalogues } from './catalogues.ts';
import { MountedJobs } from './mounted-jobs.ts';
import { Observation } from './observation.ts';
import { PinKeeper } from './pin-keeper.ts';
import type {
  EngineRequestName,
  EngineRequests,
  EngineSettings,
  ListedEntry,
  ListedJob,
  MountChoices,
  ToEngine,
} from './protocol.ts';
import { SessionCopies } from './session-copies.ts';
import type { SupervisorChannel } from './supervisor-channel.ts';

type Handlers = {
  readonly [Name in EngineRequestName]: (
    input: EngineRequests[Name]['input'],
  ) => Promise<EngineRequests[Name]['output']>;
};

/** Until the settings have come. */
const FIRST_LEVEL: LogLevel = 'info';

const NO_CHOICES: MountChoices = { sources: [], blockSize: undefined, allowOther: false };

export interface EngineControlOptions {
  readonly channel: SupervisorChannel;
  readonly clock: Clock;
  /** Ends the process, once everything is taken apart and said; not clean when a session is left to end with it. */
  readonly leave: (clean: boolean) => void;
  /** Where the supervisor takes copies of descriptors; undefined: it keeps none. */
  readonly keeper: number | undefined;
}

interface Configured {
  readonly engine: GhostEngine;
  settings: EngineSettings;
}

export class EngineControl {
  readonly logger: Logger;
  readonly #channel: SupervisorChannel;
  readonly #leave: (clean: boolean) => void;
  readonly #catalogues = new Catalogues();
  readonly #keeper = new PinKeeper({ catalogues: this.#catalogues, clock: systemClock });
  readonly #mounts: MountedJobs;
  readonly #observation: Observation;
  /** Watches whose file is being looked up: one that is ended meanwhile must not begin. */
  readonly #openingWatches = new Set<number>();
  readonly #sessions: SessionCopies | undefined;
  #configured: Configured | undefined;
  #cache: DiskCache | undefined;
  #stopping = false;

  constructor({ channel, clock, leave, keeper }: EngineControlOptions) {
    this.#channel = channel;
    this.#leave = leave;
    this.logger = channel.logger(() => this.#configured?.settings.logLevel ?? FIRST_LEVEL);
    this.#sessions = keeper === undefined ? undefined : new SessionCopies(keeper, channel, this.logger);
    this.#mounts = new MountedJobs({
      ended: (key, end) => void channel.send({ event: 'ended', key, ...end }),
      failed: (key, error) => this.logger.error(`Taking the mount of ${key} apart failed`, error),
    });
    this.#observation = new Observation({
      channel,
      clock,
      mounts: () => this.#mounts.all,
      cache: () => this.#cache,
    });
  }

  async handle({ id, request, input }: ToEngine): Promise<void> {
    try {
      // The table gives each name the handler of its input; only TypeScript cannot see that the two belong together.
      const handler = this.#handlers[request] as (input: unknown) => Promise<unknown>;
      await this.#channel.send({ id, output: await handler(input) });
      if (request === 'stop') this.#leave(this.#mounts.isClean);
    } catch (error) {
      const code = error instanceof GhostError ? error.code : 'INTERNAL';
      // What is ours to tell goes with its answer; where it comes from is for who looks for a mistake.
      this.logger[code === 'INTERNAL' ? 'error' : 'debug'](`The request ${request} failed`, error);
      await this.#channel.send({ id, error: { code, sentence: messageOf(error) } });
    }
  }

  /** Takes all mounts away and closes the cache. Resolves to false when a session is left that ends with the process. */
  async shutDown(force: boolean): Promise<boolean> {
    this.#stopping = true;
    try {
      await this.#mounts.unmountAll(force);
    } catch (error) {
      this.#stopping = false;
      throw error;
    }
    this.#observation.close();
    await this.#configured?.engine.close();
    await this.#catalogues.close();
    return this.#mounts.isClean;
  }

  readonly #handlers: Handlers = {
    configure: (settings) => {
      if (this.#configured !== undefined) throw new Error('The engine is configured already.');
      const {
        cacheDirectory,
        cacheLimitBytes,
        cacheMinFreeBytes,
        transfers,
        memoryBytes,
        requestsPerSecond,
      } = settings;
      const engine = new GhostEngine({
        cacheDirectory,
        cacheLimitBytes,
        cacheMinFreeBytes,
        transfers,
        memoryBytes,
        requestsPerSecond,
        logger: this.logger,
      });
      this.#configured = { engine, settings };
      this.#observation.begin();
      return Promise.resolve();
    },
    reconfigure: async (settings) => {
      const configured = this.#engine();
      configured.settings = settings;
      const { cacheLimitBytes: limit, cacheMinFreeBytes: minFree } = settings;
      configured.engine.setCacheBounds({ limit, minFree });
      return await Promise.resolve();
    },
    ping: () => this.#ping(),
    listJobs: async ({ database }) => {
      const [jobs, cache] = await Promise.all([
        this.#catalogues.ask('jobs', { database }),
        this.#openCache(),
      ]);
      return jobs.map(({ id, name, sources, files, bytes, created, namespace }): ListedJob => ({
        id,
        name,
        sources,
        files,
        bytes,
        created,
        cachedBytes: namespace === undefined ? 0 : (cache?.figures.usageOf(namespace).bytes ?? 0),
      }));
    },
    mount: async ({ key, database, job, mountPoint, session, choices = NO_CHOICES }) => {
      const { engine, settings } = this.#engine();
      if (this.#stopping) throw new GhostError('SHUTTING_DOWN', 'The engine is stopping.');
      const mounted = await this.#mounts.mount(key, async () => {
        const { driver, deadlineMs, hmacKeys } = settings;
        const attach = async (continuity: Continuity | undefined): Promise<GhostFs> =>
          await engine.mount({
            database,
            job,
            mountPoint,
            ...choices,
            driver,
            deadlineMs,
            ...(hmacKeys !== undefined && { hmacKeys }),
            observer: this.#observation.observerOf(key),
            continuity,
          });
        const mount = await (this.#sessions?.around(key, session, attach) ?? attach(undefined));
        this.#observation.mounted(mount);
        return mount;
      });
      const cache = await this.#openCache();
      if (cache !== undefined) this.#keeper.mounted({ database, job }, mounted, cache);
      return { mountPoint: mounted.mountPoint };
    },
    unmount: ({ key, force }) => this.#mounts.unmount(key, force),
    listFiles: async (input) => {
      const [{ entries, total }, cache] = await Promise.all([
        this.#catalogues.ask('files', input),
        this.#openCache(),
      ]);
      const listed = entries.map(({ key, ...entry }): ListedEntry => {
        const cachedBytes = key === undefined ? null : (cache?.figures.fileUsage(key).bytes ?? 0);
        return { ...entry, cachedBytes };
      });
      return { entries: listed, total };
    },
    describeFile: async ({ database, job, path }) => {
      const { id, size, blockSize } = await this.#catalogues.ask('file', { database, job, path });
      return { id, size, blockSize };
    },
    watchBlocks: async ({ watch, key, database, job, path }) => {
      this.#openingWatches.add(watch);
      try {
        const [file] = await Promise.all([
          this.#catalogues.ask('file', { database, job, path }),
          this.#openCache(),
        ]);
        if (this.#openingWatches.has(watch)) return this.#observation.watchBlocks(watch, key, file);
      } finally {
        this.#openingWatches.delete(watch);
      }
      throw new GhostError('INTERRUPTED', `Nobody wants to watch ${path} any more.`);
    },
    unwatchBlocks: ({ watch }) => {
      this.#openingWatches.delete(watch);
      this.#observation.unwatchBlocks(watch);
      return Promise.resolve();
    },
    cacheNamespace: ({ database, job }) => this.#catalogues.ask('namespace', { database, job }),
    ...cacheHandlers({
      open: async () => await this.#engine().engine.openCache(),
      catalogues: this.#catalogues,
      keeper: this.#keeper,
      mountOf: (key) => this.#mounts.all.get(key),
      clock: systemClock,
    }),
    setPaused: ({ paused }) => {
      this.#engine().engine.setPaused(paused);
      return Promise.resolve();
    },
    setWatched: ({ watched }) => {
      this.#observation.setWatched(watched);
      return Promise.resolve();
    },
    stop: async ({ force }) => {
      await this.shutDown(force);
    },
  };

  /** A sign of life of this thread and of those that answer the kernel. */
  #ping(): Promise<void> {
    // Each of them is to be looked at, whatever the others do.
    const hanging = [...this.#mounts.all.values()].filter((mount) => mount.hangs());
    if (hanging.length === 0) return Promise.resolve();
    const places = hanging.map(({ mountPoint }) => mountPoint).join(', ');
    return Promise.reject(new GhostError('TIMEOUT', `What answers the kernel hangs: ${places}`));
  }

  #engine(): Configured {
    if (this.#configured === undefined) throw new Error('The engine is not configured yet.');
    return this.#configured;
  }

  /** Undefined when it cannot be opened now: what only counts its blocks goes on without. */
  async #openCache(): Promise<DiskCache | undefined> {
    const cache = await this.#engine()
      .engine.openCache()
      .catch(() => undefined);
    if (cache !== undefined && cache !== this.#cache) {
      this.#cache = cache;
      cache.onChange((change) => this.#observation.cacheChanged(change));
    }
    return cache;
  }
}
