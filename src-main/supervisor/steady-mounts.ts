/**
 * The small supervisor of one command: mounts that are made once and served until the command ends, by as many engines after
 * each other as that takes. Invariant: however it ends, none of its mounts is left and nobody waits in one.
 */
import type { Clock } from '../engine/clock.ts';
import type { EngineEvent, EngineSettings, JobPlace, MountChoices } from '../engine/control/protocol.ts';
import { GhostError, messageOf } from '../engine/errors.ts';
import { inTime } from '../engine/in-time.ts';
import type { Logger } from '../engine/log.ts';
import { childCommand } from './child-command.ts';
import { identifyMount, removeDeadMount, type MountedAt } from './dead-mounts.ts';
import { EngineProcess } from './engine-process.ts';
import { KeptSessions } from './kept-sessions.ts';
import { madeMount, pendingMount, type PendingMount } from './pending-mount.ts';
import { isPatient, RETRY_MS } from './takeover-patience.ts';

/** Unmounting takes milliseconds, finishing cache writes on a slow disk seconds; past this something hangs. */
const UNMOUNT_LIMIT_MS = 15_000;

export interface SteadyMount extends JobPlace {
  /** A path; created when missing. */
  readonly mountPoint: string;
  readonly choices: MountChoices;
}

export interface SteadyMountsOptions {
  readonly mounts: readonly SteadyMount[];
  readonly settings: EngineSettings;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** One of the mounts, as it stands. */
interface Standing {
  readonly order: SteadyMount;
  pending: PendingMount | undefined;
  /** Once it was made. */
  at: MountedAt | undefined;
  /** By the engine that runs now. */
  isServed: boolean;
  /** When an engine refused to go on with it for the first time, by the clock; undefined since one did. */
  failingSince: number | undefined;
}

export class SteadyMounts {
  readonly #options: SteadyMountsOptions;
  readonly #mounts: readonly Standing[];
  readonly #sessions: KeptSessions;
  readonly #engine: EngineProcess;
  readonly #mounted = Promise.withResolvers<readonly string[]>();
  readonly #over = Promise.withResolvers<boolean>();
  #attaching = Promise.resolve();
  #isEnding = false;

  constructor(options: SteadyMountsOptions) {
    const { mounts, settings, clock, logger } = options;
    this.#options = options;
    this.#mounts = mounts.map((order) => ({
      order,
      pending: undefined,
      at: undefined,
      isServed: false,
      failingSince: undefined,
    }));
    this.#sessions = new KeptSessions(logger);
    this.#engine = new EngineProcess({
      keeper: async () => await this.#sessions.connect(),
      command: () => childCommand('engine/control/engine-main'),
      settings: () => settings,
      clock,
      logger,
      onEvent: (event) => this.#receive(event),
      onStatus: () => {
        // One after the other: two at once would make the same mount twice.
        if (this.#isRunning()) this.#attachSoon();
      },
      onLost: async () => await this.#lost(),
      onStarted: () => Promise.resolve(),
      onUndying: async () => await this.#sever(),
    });
  }

  /** Resolves with where they are, once all of them answer. Rejects with why one cannot be made. */
  async start(): Promise<readonly string[]> {
    this.#engine.start();
    return await this.#mounted.promise;
  }

  /** Resolves, with whether something failed, when they cannot go on although nobody asked; why is in the log. */
  get over(): Promise<boolean> {
    return this.#over.promise;
  }

  /** Unmounts, whoever reads, and ends the engine. Resolves to false when that did not go as it should. Never rejects. */
  async stop(): Promise<boolean> {
    this.#isEnding = true;
    const unmounted = !this.#isRunning() || (await this.#unmountAll());
    const ended = await this.#engine.stop(false);
    await this.#sever();
    this.#sessions.close();
    return unmounted && ended;
  }

  /** Takes everything away at once; cache writes under way are lost. Also while `stop` is at work. Never rejects. */
  async abort(): Promise<void> {
    this.#isEnding = true;
    await this.#engine.kill();
    await this.#sever();
  }

  #isRunning(): boolean {
    return this.#engine.status.state === 'running';
  }

  #attachSoon(): void {
    this.#attaching = this.#attaching.then(async () => await this.#attachAll());
  }

  /** Never rejects. */
  async #attachAll(): Promise<void> {
    let areServed = true;
    for (const mount of this.#mounts) {
      if (!mount.isServed && !(await this.#attach(mount))) areServed = false;
    }
    if (!areServed) return;
    this.#mounted.resolve(this.#mounts.map(({ order, at }) => at?.mountPoint ?? order.mountPoint));
  }

  /** False: it is for later, for the next engine, or for none. */
  async #attach(mount: Standing): Promise<boolean> {
    const { order } = mount;
    if (mount.pending === undefined) mount.pending = await pendingMount(order.mountPoint);
    // The last deed of an engine that was lost may have been this mount.
    else mount.at ??= await madeMount(mount.pending);
    if (this.#isEnding || !this.#isRunning()) return false;
    const { at } = mount;
    try {
      // No await from here to the request: both are for the same engine.
      const session = this.#sessions.hand(order.key);
      const place = { ...order, mountPoint: at?.mountPoint ?? order.mountPoint, session };
      const { mountPoint } = await this.#engine.request('mount', place);
      mount.isServed = true;
      mount.failingSince = undefined;
      // What is at the place of a session that was kept by now may be another's.
      if (at === undefined || session === undefined) mount.at = await identifyMount(mountPoint);
      if (at !== undefined) this.#options.logger.info(`${mountPoint} is mounted again`);
      return true;
    } catch (error) {
      if (error instanceof GhostError && error.code === 'ENGINE_AWAY') return false;
      if (at === undefined) {
        // An engine that refuses leaves nothing behind: what is at the place by now is another's.
        mount.pending = undefined;
        this.#mounted.reject(error);
      } else this.#refused(mount, at, error);
      return false;
    }
  }

  /** The engine cannot go on with a mount; what stands in the way is often over in a moment. */
  #refused(mount: Standing, { mountPoint }: MountedAt, error: unknown): void {
    const { clock, logger } = this.#options;
    const isFirst = mount.failingSince === undefined;
    mount.failingSince ??= clock.now();
    if (!this.#sessions.has(mount.order.key) || !isPatient(mount.failingSince, clock.now())) {
      this.#giveUp(`The mount at ${mountPoint} cannot go on`, true, error);
      return;
    }
    if (isFirst) logger.warn(`The mount at ${mountPoint} waits: ${messageOf(error)}`);
    clock.after(RETRY_MS, () => {
      if (!this.#isEnding && this.#isRunning()) this.#attachSoon();
    });
  }

  #receive(event: EngineEvent): void {
    const { logger } = this.#options;
    if (event.event === 'log') logger[event.level](event.text);
    if (event.event === 'session') {
      if (this.#isEnding) this.#sessions.drop(event);
      else this.#sessions.keep(event.key, event);
    }
    if (event.event === 'ended' && !this.#isEnding) {
      const place = this.#mounts.find(({ order }) => order.key === event.key)?.at?.mountPoint;
      this.#giveUp(`The mount at ${place ?? event.key} ended: ${event.reason}`, event.failed);
    }
  }

  #giveUp(sentence: string, failed: boolean, error?: unknown): void {
    this.#options.logger[failed ? 'error' : 'warn'](sentence, error);
    this.#over.resolve(failed);
  }

  async #lost(): Promise<void> {
    for (const mount of this.#mounts) mount.isServed = false;
    if (this.#engine.status.state !== 'failed') return;
    await this.#sever();
    this.#over.resolve(true);
  }

  async #unmountAll(): Promise<boolean> {
    const { clock, logger } = this.#options;
    const unmounting = Promise.allSettled(
      this.#mounts.map(
        async ({ order: { key } }) => await this.#engine.request('unmount', { key, force: true }),
      ),
    );
    const results = await inTime(unmounting, UNMOUNT_LIMIT_MS, clock);
    if (results === undefined) {
      logger.error(`Unmounting takes more than ${UNMOUNT_LIMIT_MS / 1000} s; it is done by force`);
      await this.#engine.kill();
      return false;
    }
    const failed = results.filter((result) => result.status === 'rejected');
    for (const { reason } of failed) logger.error('Unmounting failed', reason);
    return failed.length === 0;
  }

  /**
   * Takes all that is left out of the kernel's table. With the last copy of its session whoever still waits in a mount is freed.
   * Never rejects.
   */
  async #sever(): Promise<void> {
    const { logger } = this.#options;
    this.#sessions.releaseAll();
    await Promise.all(
      this.#mounts.map(async ({ pending, at }) => {
        const left = at ?? (pending && (await madeMount(pending)));
        if (left === undefined) return;
        await removeDeadMount(left).catch((error: unknown) =>
          logger.warn(`Cleaning up ${left.mountPoint} failed`, error),
        );
      }),
    );
  }
}
