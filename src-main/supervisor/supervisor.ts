/**
 * The state of the whole program and everything that can be done to it: joins the engine's process, the catalogues, the jobs
 * and the tasks. Invariant: whatever changes is told to who listens, and a snapshot is of one moment.
 */
import type { Clock } from '../engine/clock.ts';
import type {
  EngineEvent,
  EngineRequestName,
  EngineRequests,
  EngineSettings,
  JobKey,
  ListedJob,
} from '../engine/control/protocol.ts';
import { GhostError } from '../engine/errors.ts';
import type { Logger } from '../engine/log.ts';
import { defaultName } from '../engine/publish/default-name.ts';
import type { Problem, State } from '../ipc/contract.ts';
import { ActivityFeed } from './activity-feed.ts';
import { BlockWatches } from './block-watches.ts';
import { CacheFeed } from './cache-feed.ts';
import { CatalogueList } from './catalogue-list.ts';
import { Catalogues } from './catalogues.ts';
import { childCommand, type ChildCommand } from './child-command.ts';
import { EngineProcess } from './engine-process.ts';
import { engineSettings, engineSettingsDiffer } from './engine-settings.ts';
import { JobFiles } from './job-files.ts';
import { JobMounts } from './job-mounts.ts';
import { JobRecords } from './job-records.ts';
import type { SettingsStore, SettingValues } from './settings/settings.ts';
import { removeStaleMounts } from './stale-mounts.ts';
import { Tasks } from './tasks.ts';

export interface SupervisorOptions {
  readonly settings: SettingsStore;
  /** Where a catalogue is made when there is none to publish into. */
  readonly dataDirectory: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** For what the engine logs. */
  readonly engineLogger: Logger;
  /** The engine's own unless given. */
  readonly engineCommand?: () => ChildCommand;
}

/** A job's cached bytes change with every block; the list of jobs need not. Milliseconds. */
const CACHED_INTERVAL_MS = 1_000;

export class Supervisor {
  readonly activity: ActivityFeed;
  readonly cache: CacheFeed;
  readonly files: JobFiles;
  readonly tasks: Tasks;
  readonly catalogues: CatalogueList;
  readonly #options: SupervisorOptions;
  readonly #atStart: SettingValues;
  readonly #engine: EngineProcess;
  readonly #blocks: BlockWatches;
  readonly #records = new JobRecords();
  readonly #catalogues: Catalogues;
  readonly #mounts: JobMounts;
  readonly #listeners = new Set<() => void>();
  readonly #unlisten: () => void;
  #values: SettingValues;
  /** What the engine was configured with. */
  #told: EngineSettings | undefined;
  #state: State | undefined;
  #paused = false;
  #stopping = false;
  #end: Promise<void> | undefined;
  #cachedToldAt = Number.NEGATIVE_INFINITY;

  constructor(options: SupervisorOptions) {
    const { settings, clock, logger } = options;
    this.#options = options;
    this.#atStart = settings.values;
    this.#values = settings.values;
    const changed = (): void => this.#changed();
    this.#engine = new EngineProcess({
      command: options.engineCommand ?? (() => childCommand('engine/control/engine-main')),
      settings: () => (this.#told = engineSettings(this.#values, this.#atStart)),
      clock,
      logger,
      onEvent: (event) => this.#receive(event),
      onStatus: () => this.#engineChanged(),
      onLost: (reason) => this.#engineLost(reason),
      onStarted: async (engine) => {
        await engine.request('setPaused', { paused: this.#paused });
        await engine.request('setWatched', { watched: this.activity.isWatched });
      },
    });
    const request = this.#request;
    const records = this.#records;
    const list = (database: string): Promise<readonly ListedJob[]> => request('listJobs', { database });
    this.#catalogues = new Catalogues({
      clock,
      list,
      changed: () => this.#listJobs(),
    });
    this.catalogues = new CatalogueList({
      settings,
      catalogues: this.#catalogues,
      records,
      dataDirectory: options.dataDirectory,
      list,
    });
    this.#mounts = new JobMounts({
      records,
      request,
      mountRoot: () => this.#values.mountRoot,
      logger,
      changed,
      onFailure: (key, problem) => this.#addProblem(problem, key, undefined),
    });
    this.#blocks = new BlockWatches(request);
    this.files = new JobFiles({ records, request, blocks: this.#blocks });
    this.tasks = new Tasks({
      clock,
      logger,
      changed,
      published: (order, job) => this.catalogues.published(order.database, job),
    });
    const { cacheDirectory } = this.#atStart;
    this.activity = new ActivityFeed({
      clock,
      setWatched: (watched) => {
        // Without an engine nobody counts; a new one is told when it starts.
        if (this.#engine.status.state !== 'running') return;
        request('setWatched', { watched }).catch(() => {});
      },
      cacheDirectory,
      cacheLimitBytes: () => this.#values.cacheLimitBytes,
    });
    this.cache = new CacheFeed({
      clock,
      request,
      records,
      cleared: () => void this.#catalogues.refresh(),
      directory: cacheDirectory,
      limitBytes: () => this.#values.cacheLimitBytes,
    });
    this.#unlisten = settings.onChange((values) => this.#apply(values));
  }

  /** Resolves when the catalogues are listed, or cannot be because the engine does not come up. Never rejects. */
  async start(): Promise<void> {
    const { clock, logger } = this.#options;
    void removeStaleMounts(this.#values.mountRoot, clock, logger);
    this.#engine.start();
    await this.#catalogues.setPaths(this.#values.catalogues);
  }

  state(): State {
    const { settings } = this.#options;
    const { catalogues, mountRoot, theme } = this.#values;
    this.#state ??= {
      engine: this.#engine.status,
      paused: this.#paused,
      jobs: this.#records.all.map((record) => this.#records.shown(record, mountRoot)),
      catalogues: this.#catalogues.states.map(({ catalogue, jobs, problem }) => ({
        path: catalogue,
        jobs: jobs.length,
        problem: problem ?? null,
      })),
      tasks: [...this.tasks.all],
      settingsProblem: settings.problem ?? null,
      theme,
      firstRun: !settings.existed && catalogues.length === 0,
    };
    return this.#state;
  }

  onState(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Of the engine that runs now. */
  get enginePid(): number | undefined {
    return this.#engine.pid;
  }

  /** Where it is mounted then. Rejects with JOB_UNKNOWN, SHUTTING_DOWN, MOUNT_FAILED and what the catalogue says. */
  async mount(job: JobKey, mountPoint?: string): Promise<string> {
    this.#assertNotStopping();
    this.#engine.revive();
    return await this.#mounts.mount(job, mountPoint);
  }

  /** Rejects with MOUNT_BUSY unless forced. */
  async unmount(job: JobKey, force: boolean): Promise<void> {
    const { catalogue } = this.#records.get(job);
    await this.#mounts.unmount(job, force);
    // A job that no catalogue lists any more was kept for as long as it was mounted.
    this.#listJobs();
    // What it has in the cache was counted while it was mounted, if anybody looked.
    void this.#catalogues.refresh([catalogue]);
  }

  async setPaused(paused: boolean): Promise<void> {
    await this.#request('setPaused', { paused });
    this.#paused = paused;
    this.#changed();
  }

  async refreshCatalogues(): Promise<void> {
    await this.#catalogues.refresh();
  }

  /** The task's id. */
  publish(directory: string, name: string | undefined): string {
    this.#assertNotStopping();
    const { first } = this.catalogues;
    return this.tasks.publish({ directory, database: first, name: name ?? defaultName(directory) });
  }

  /**
   * Unmounts everything and ends the engine. Rejects with MOUNT_BUSY, and goes on, while something is in use; forced, it ends
   * within a bound whatever is in use.
   */
  async stop(force: boolean): Promise<void> {
    this.#stopping = true;
    try {
      if (!force) await this.#mounts.unmountAll();
    } catch (error) {
      this.#stopping = false;
      throw error;
    }
    this.#end ??= this.#stopAll(force);
    await this.#end;
  }

  async #stopAll(force: boolean): Promise<void> {
    this.#catalogues.close();
    this.#unlisten();
    await this.tasks.close();
    await this.#engine.stop(force);
    await this.#mounts.release();
  }

  readonly #request = <Name extends EngineRequestName>(
    name: Name,
    input: EngineRequests[Name]['input'],
  ): Promise<EngineRequests[Name]['output']> => this.#engine.request(name, input);

  #listJobs(): void {
    this.#records.list(this.#catalogues.states);
    this.#changed();
  }

  #engineChanged(): void {
    this.#changed();
    if (this.#engine.status.state !== 'running') return;
    this.#tellSettings();
    void this.#mounts.resume();
    void this.#blocks.resume();
  }

  async #engineLost(reason: string): Promise<void> {
    this.activity.silence();
    this.#blocks.interrupt();
    this.#mounts.lost(reason);
    if (this.#engine.status.state === 'failed') await this.#mounts.abandon(reason);
    this.#addProblem({ code: 'ENGINE_AWAY', sentence: reason }, undefined, undefined);
  }

  #receive(event: EngineEvent): void {
    switch (event.event) {
      case 'activity':
        this.activity.report(event.report);
        this.#noteCached(event.report.jobs);
        break;
      case 'blocks':
        this.#blocks.report(event.watch, event);
        break;
      case 'ended':
        this.#mounts.ended(event.key, event.reason, event.failed);
        break;
      case 'problem': {
        const { key, path, code, sentence } = event;
        this.#addProblem({ code, sentence }, key, path);
        if (key !== undefined) this.#records.note(key, { problem: { code, sentence } });
        this.#changed();
        break;
      }
      case 'log':
        this.#options.engineLogger[event.level](event.text);
        break;
      case 'ready':
    }
  }

  #noteCached(jobs: readonly { readonly key: JobKey; readonly cachedBytes: number }[]): void {
    const now = this.#options.clock.now();
    if (now - this.#cachedToldAt < CACHED_INTERVAL_MS) return;
    const news = jobs.filter(
      ({ key, cachedBytes }) => this.#records.find(key)?.listed.cachedBytes !== cachedBytes,
    );
    if (news.length === 0) return;
    this.#cachedToldAt = now;
    for (const { key, cachedBytes } of news) this.#records.note(key, { cachedBytes });
    this.#changed();
  }

  #addProblem(problem: Problem, job: JobKey | undefined, path: string | undefined): void {
    this.activity.addProblem({ ...problem, at: Date.now(), job: job ?? null, path: path ?? null });
  }

  #apply(values: SettingValues): void {
    this.#values = values;
    this.#tellSettings();
    void this.#catalogues.setPaths(values.catalogues);
    this.#changed();
  }

  /** Also when it starts: they may have changed since it was configured. */
  #tellSettings(): void {
    const settings = engineSettings(this.#values, this.#atStart);
    if (this.#engine.status.state !== 'running') return;
    if (this.#told !== undefined && !engineSettingsDiffer(this.#told, settings)) return;
    this.#told = settings;
    this.#request('reconfigure', settings).catch((error: unknown) =>
      this.#options.logger.warn('The engine did not take the new settings', error),
    );
  }

  #assertNotStopping(): void {
    if (this.#stopping) throw new GhostError('SHUTTING_DOWN', 'The program is ending.');
  }

  #changed(): void {
    this.#state = undefined;
    for (const listener of this.#listeners) listener();
  }
}
