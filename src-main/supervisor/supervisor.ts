/**
 * The whole program and everything that can be done to it: joins the engine's process, the catalogues, the jobs and the tasks.
 * Invariant: whatever changes is told to who listens.
 */
import type { Clock } from '../engine/clock.ts';
import type { EngineRequestName, EngineRequests, JobKey, ListedJob } from '../engine/control/protocol.ts';
import { GhostError } from '../engine/errors.ts';
import type { Logger } from '../engine/log.ts';
import { defaultName } from '../engine/publish/default-name.ts';
import type { State } from '../ipc/contract.ts';
import { ActivityFeed } from './activity-feed.ts';
import { BlockWatches } from './block-watches.ts';
import { CacheFeed } from './cache-feed.ts';
import { CatalogueList } from './catalogue-list.ts';
import { Catalogues } from './catalogues.ts';
import { childCommand, type ChildCommand } from './child-command.ts';
import { Downloads } from './downloads.ts';
import { EngineConfiguration } from './engine-configuration.ts';
import { EngineProcess } from './engine-process.ts';
import { EngineReports } from './engine-reports.ts';
import { engineSettings } from './engine-settings.ts';
import { Ending } from './ending.ts';
import { JobFiles } from './job-files.ts';
import { JobMounts } from './job-mounts.ts';
import { JobRecords } from './job-records.ts';
import { KeptSessions } from './kept-sessions.ts';
import type { SettingsStore, SettingValues } from './settings/settings.ts';
import { StaleMounts } from './stale-mounts.ts';
import { StateFeed } from './state-feed.ts';
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
  /** How long the engine may give no sign of life. Milliseconds; its own limit unless given. */
  readonly engineSilenceLimitMs?: number;
  /** False: mounts end with their engine, as on a kernel that cannot send requests again. True unless given. */
  readonly keepsSessions?: boolean;
}

export class Supervisor {
  readonly activity: ActivityFeed;
  readonly cache: CacheFeed;
  readonly files: JobFiles;
  readonly tasks: Tasks;
  readonly catalogues: CatalogueList;
  readonly #options: SupervisorOptions;
  readonly #engine: EngineProcess;
  readonly #configuration: EngineConfiguration;
  readonly #reports: EngineReports;
  readonly #blocks: BlockWatches;
  readonly #records = new JobRecords();
  readonly #downloads = new Downloads();
  readonly #sessions: KeptSessions;
  readonly #catalogues: Catalogues;
  readonly #mounts: JobMounts;
  readonly #feed: StateFeed;
  readonly #ending: Ending;
  readonly #unlisten: () => void;
  #stale: StaleMounts | undefined;

  constructor(options: SupervisorOptions) {
    const { settings, clock, logger } = options;
    this.#options = options;
    // Some settings hold until the next start.
    const { values: atStart } = settings;
    const request = this.#request;
    this.#sessions = new KeptSessions(logger);
    const records = this.#records;
    this.#feed = new StateFeed({
      settings,
      records,
      engine: () => this.#engine.status,
      paused: () => this.#configuration.isPaused,
      catalogues: () => this.#catalogues.states,
      publishInto: () => this.catalogues.target(),
      tasks: () => this.tasks.all,
    });
    const changed = (): void => this.#feed.changed();
    this.#configuration = new EngineConfiguration({
      clock,
      settings: () => engineSettings(settings.values, atStart),
      isRunning: () => this.#engine.status.state === 'running',
      request,
      onRefused: (problem) => {
        logger.warn(problem.sentence);
        this.#reports.addProblem(problem);
      },
    });
    const { keepsSessions = true } = options;
    this.#engine = new EngineProcess({
      ...(keepsSessions && { keeper: async () => await this.#sessions.connect() }),
      command: options.engineCommand ?? (() => childCommand('engine/control/engine-main')),
      settings: () => this.#configuration.initial(),
      clock,
      logger,
      onEvent: (event) => this.#reports.receive(event),
      onStatus: () => this.#engineChanged(),
      onLost: (reason) => this.#engineLost(reason),
      onStarted: async (engine) => await this.#configuration.begin(engine.request),
      onUndying: async () => await this.#mounts.sever(),
      silenceLimitMs: options.engineSilenceLimitMs,
    });
    const list = (database: string): Promise<readonly ListedJob[]> => request('listJobs', { database });
    this.#catalogues = new Catalogues({
      clock,
      list,
      isReady: () => this.#engine.status.state === 'running',
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
      downloads: this.#downloads,
      sessions: this.#sessions,
      request,
      engineAway: () => this.#engineAway(),
      mountRoot: () => settings.values.mountRoot,
      clock,
      cleared: async (mountPoint) => await this.#stale?.cleared(mountPoint),
      logger,
      changed,
      onFailure: (key, problem) => this.#reports.addProblem(problem, key),
    });
    this.#blocks = new BlockWatches(request);
    this.files = new JobFiles({ records, request, blocks: this.#blocks, downloads: this.#downloads });
    this.tasks = new Tasks({
      clock,
      logger,
      changed,
      published: (order, job) => this.catalogues.published(order.database, job),
    });
    const { cacheDirectory } = atStart;
    this.activity = new ActivityFeed({
      clock,
      setWatched: (watched) => this.#configuration.setWatched(watched),
      cacheDirectory,
      cacheLimitBytes: () => settings.values.cacheLimitBytes,
    });
    this.cache = new CacheFeed({
      clock,
      request,
      records,
      cleared: () => void this.#catalogues.refresh(),
      directory: cacheDirectory,
      limitBytes: () => settings.values.cacheLimitBytes,
    });
    const { activity } = this;
    this.#reports = new EngineReports({
      clock,
      records,
      activity,
      blocks: this.#blocks,
      mounts: this.#mounts,
      logger: options.engineLogger,
      changed,
    });
    this.#ending = new Ending({
      unmountAll: async (cancelled) => await this.#mounts.unmountAll(cancelled),
      finish: async (force) => await this.#finish(force),
      hurry: async () => await this.#engine.stop(true),
    });
    this.#unlisten = settings.onChange((values) => this.#apply(values));
  }

  /** Resolves when the catalogues are listed, or cannot be because the engine does not come up. Never rejects. */
  async start(): Promise<void> {
    const { clock, logger, settings } = this.#options;
    const { catalogues } = settings.values;
    this.#stale = new StaleMounts({ clock, logger });
    this.#engine.start();
    await this.#catalogues.setPaths(catalogues);
  }

  state(): State {
    return this.#feed.now;
  }

  onState(listener: () => void): () => void {
    return this.#feed.watch(listener);
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
    // What it has in the cache was last counted up to a second before.
    void this.#catalogues.refresh([catalogue]);
  }

  async setPaused(paused: boolean): Promise<void> {
    await this.#configuration.setPaused(paused);
    this.#feed.changed();
  }

  async refreshCatalogues(): Promise<void> {
    await this.#catalogues.refresh();
  }

  /** The task's id. Throws NOT_FOUND for a catalogue that is not listed. */
  publish(directory: string, name: string | undefined, catalogue: string | undefined): string {
    this.#assertNotStopping();
    const database = this.catalogues.preparedTarget(catalogue);
    return this.tasks.publish({ directory, database, name: name ?? defaultName(directory) });
  }

  /**
   * Unmounts everything and ends the engine. Rejects with MOUNT_BUSY, and goes on, while something is in use; with INTERRUPTED,
   * and goes on with what is still mounted, when it is cancelled before everything is unmounted. Forced, it ends within a bound
   * whatever is in use, also when it was asked politely before.
   */
  async stop(force: boolean, cancelled?: AbortSignal): Promise<void> {
    await this.#ending.stop(force, cancelled);
  }

  async #finish(force: boolean): Promise<void> {
    this.#unlisten();
    this.#catalogues.close();
    this.#configuration.close();
    this.#downloads.close();
    // Neither needs the other, and each may take its time.
    await Promise.all([this.tasks.close(), this.#engine.stop(force)]);
    await this.#mounts.release();
    this.#sessions.close();
  }

  readonly #request = <Name extends EngineRequestName>(
    name: Name,
    input: EngineRequests[Name]['input'],
  ): Promise<EngineRequests[Name]['output']> => this.#engine.request(name, input);

  #listJobs(): void {
    this.#records.list(this.#catalogues.states);
    this.#feed.changed();
  }

  #engineChanged(): void {
    this.#feed.changed();
    if (this.#engine.status.state !== 'running') return;
    void this.#configuration.tell();
    void this.#mounts.resume();
    void this.#blocks.resume();
  }

  async #engineLost(reason: string): Promise<void> {
    this.activity.silence();
    this.#blocks.interrupt();
    this.#mounts.lost(reason);
    if (this.#engine.status.state === 'failed') await this.#mounts.abandon(reason);
    this.#reports.addProblem({ code: 'ENGINE_AWAY', sentence: reason });
  }

  #engineAway(): string | undefined {
    const { state, sentence } = this.#engine.status;
    if (state === 'running') return undefined;
    return sentence ?? 'The engine is starting; the job is mounted as soon as it runs.';
  }

  #apply(values: SettingValues): void {
    void this.#configuration.tell();
    void this.#catalogues.setPaths(values.catalogues);
    this.#feed.changed();
  }

  #assertNotStopping(): void {
    if (this.#ending.hasBegun) throw new GhostError('SHUTTING_DOWN', 'The program is ending.');
  }
}
