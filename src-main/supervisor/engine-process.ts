/**
 * Keeps one engine running: starts it, configures it, starts it again when it ends unasked or hangs, ends it when asked. Knows
 * nothing of jobs: who uses it says what a new engine must be told before others may ask it something.
 */
import { closeSync } from 'node:fs';
import type { Clock } from '../engine/clock.ts';
import type {
  EngineEvent,
  EngineRequestName,
  EngineRequests,
  EngineSettings,
} from '../engine/control/protocol.ts';
import { GhostError, messageOf } from '../engine/errors.ts';
import type { Logger } from '../engine/log.ts';
import type { State } from '../ipc/contract.ts';
import type { ChildCommand } from './child-command.ts';
import { EngineLink } from './engine-link.ts';
import { watchEngine } from './engine-watch.ts';
import { inTime } from '../engine/in-time.ts';
import { afterEnd, NO_ENDS, type RestartHistory } from './restart-policy.ts';

/** Node starts in a second on a loaded machine, opening a large cache may take several. */
const READY_LIMIT_MS = 30_000;
/** How long a request waits for an engine that is on its way. */
const PATIENCE_MS = 10_000;
/** A busy engine answers within milliseconds; so long a person sees nothing move. */
const SILENCE_LIMIT_MS = 10_000;
/** An unindexed catalogue is copied on the engine's event loop while it is mounted: a second per million rows. */
const MOUNTING_SILENCE_LIMIT_MS = 60_000;
/** Unmounting and finishing cache writes takes milliseconds, on a slow disk seconds. */
const STOP_LIMIT_MS = 8_000;
/** Whoever forces it does not want to wait; a cache write that is cut off is only not kept. */
const FORCED_STOP_LIMIT_MS = 3_000;
/** The kernel ends a process at once, unless a thread of it waits for a mount. */
const KILL_LIMIT_MS = 2_000;

export type EngineStatus = State['engine'];

export interface EngineProcessOptions {
  readonly command: () => ChildCommand;
  /** Called before each start: the descriptor the new engine gets, which is closed here then; undefined: none. */
  readonly keeper?: () => Promise<number | undefined>;
  /** What a new engine is configured with. */
  readonly settings: () => EngineSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onEvent: (event: EngineEvent) => void;
  readonly onStatus: () => void;
  /** It ended unasked, for this reason. Awaited before a new one is started. */
  readonly onLost: (reason: string) => Promise<void>;
  /** A new engine is configured; awaited before it counts as running. */
  readonly onStarted: (engine: Pick<EngineLink, 'request'>) => Promise<void>;
  /** It survives SIGKILL: it waits in the kernel for one of its own mounts, which are to be taken away. */
  readonly onUndying: () => Promise<void>;
  /** How long it may be silent before it is killed. Ten seconds unless given. */
  readonly silenceLimitMs?: number | undefined;
}

export class EngineProcess {
  readonly #options: EngineProcessOptions;
  #status: EngineStatus;
  #link: EngineLink | undefined;
  #ready = Promise.withResolvers<void>();
  #history: RestartHistory = NO_ENDS;
  #runningSince: number | undefined;
  #cancelRestart: (() => void) | undefined;
  #endWatch: (() => void) | undefined;
  /** Settles when somebody's wait for a running engine is over, either way. */
  #settled = Promise.withResolvers<void>();

  constructor(options: EngineProcessOptions) {
    this.#options = options;
    this.#status = { state: 'starting', since: Date.now(), restarts: 0, sentence: null };
  }

  get status(): EngineStatus {
    return this.#status;
  }

  get pid(): number | undefined {
    return this.#link?.pid;
  }

  start(): void {
    void this.#launch();
  }

  /** Starts again what was given up. */
  revive(): void {
    if (this.#status.state !== 'failed') return;
    this.#history = NO_ENDS;
    this.#settled = Promise.withResolvers();
    this.#set('restarting', null);
    void this.#launch();
  }

  /** Waits a little for an engine that is being started. Rejects with ENGINE_AWAY, or with what the engine answers. */
  async request<Name extends EngineRequestName>(
    name: Name,
    input: EngineRequests[Name]['input'],
  ): Promise<EngineRequests[Name]['output']> {
    if (this.#status.state === 'starting' || this.#status.state === 'restarting') {
      await inTime(this.#settled.promise, PATIENCE_MS, this.#options.clock);
    }
    if (this.#status.state !== 'running' || this.#link === undefined) {
      throw new GhostError('ENGINE_AWAY', this.#status.sentence ?? 'The engine is not running.');
    }
    return await this.#link.request(name, input);
  }

  /**
   * Resolves when the process is gone. Its mounts are gone too unless it had to be killed: then resolves to false. Called
   * again with `force` it waits no longer than that allows.
   */
  async stop(force: boolean): Promise<boolean> {
    const { clock, logger } = this.#options;
    const link = this.#retire();
    if (link === undefined) return true;
    const leaving = link
      .request('stop', { force })
      .catch((error: unknown) => logger.warn('Ending the engine failed', error))
      .then(async () => await link.ended);
    const limitMs = force ? FORCED_STOP_LIMIT_MS : STOP_LIMIT_MS;
    const orderly = (await inTime(leaving, limitMs, clock)) !== undefined;
    if (!orderly) {
      logger.error(`The engine does not end within ${limitMs / 1000} s; it is killed`);
      await this.#kill(link);
    }
    this.#link = undefined;
    return orderly;
  }

  /** Resolves when the process is gone, or nothing can be done about it, within a moment. Its mounts are left to the caller. */
  async kill(): Promise<void> {
    const link = this.#retire();
    if (link !== undefined) await this.#kill(link);
  }

  /** No engine is started any more; the one that runs is the caller's to end. */
  #retire(): EngineLink | undefined {
    this.#cancelRestart?.();
    this.#endWatch?.();
    this.#set('stopping', null);
    this.#settled.resolve();
    return this.#link;
  }

  async #launch(): Promise<void> {
    const { clock, logger, command, keeper, settings, onStarted } = this.#options;
    this.#ready = Promise.withResolvers();
    const { promise: ready } = this.#ready;
    let link: EngineLink;
    const descriptor = await keeper?.();
    try {
      // Nobody would end it any more.
      if (this.#isStopping()) return;
      link = new EngineLink({
        command: command(),
        keeper: descriptor,
        clock,
        onEvent: (event) => this.#receive(link, event),
        onComplaint: (line) => logger.warn(`The engine says: ${line}`),
      });
    } catch (error) {
      await this.#lost(messageOf(error));
      return;
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
    this.#link = link;
    void link.ended.then(async (how) => {
      if (this.#link === link) await this.#lost(`The engine ${how}`);
    });
    const starting = ready
      .then(async () => await link.request('configure', settings()))
      .then(async () => await onStarted(link))
      .then(() => true);
    try {
      const started = await inTime(
        Promise.race([starting, link.ended.then(() => false)]),
        READY_LIMIT_MS,
        clock,
      );
      if (started === undefined) throw new Error(`it is not ready after ${READY_LIMIT_MS / 1000} s`);
      if (started && this.#link === link && !this.#isStopping()) this.#running(link);
    } catch (error) {
      if (this.#link !== link || this.#isStopping()) return;
      this.#link = undefined;
      await this.#kill(link);
      await this.#lost(`The engine cannot start: ${messageOf(error)}`);
    }
  }

  #receive(link: EngineLink, event: EngineEvent): void {
    if (event.event === 'ready') this.#ready.resolve();
    else if (this.#link === link) this.#options.onEvent(event);
  }

  #running(link: EngineLink): void {
    const { clock, silenceLimitMs = SILENCE_LIMIT_MS } = this.#options;
    this.#runningSince = clock.now();
    this.#endWatch = watchEngine({
      clock,
      ask: () => link.request('ping', undefined),
      limitMs: () =>
        link.isAsked('mount') ? Math.max(silenceLimitMs, MOUNTING_SILENCE_LIMIT_MS) : silenceLimitMs,
      onHung: (silentMs) => void this.#hung(link, silentMs),
    });
    this.#set('running', null);
    this.#settled.resolve();
  }

  async #hung(link: EngineLink, silentMs: number): Promise<void> {
    const how = `hung: it gave no sign of life for ${silentMs / 1000} s and was killed`;
    await this.#kill(link, how);
    // What not even its mounts kept alive is left behind: its successor serves them.
    if (this.#link === link) await this.#lost(`The engine ${how}`);
  }

  /** Resolves when it is gone, or nothing can be done about it. */
  async #kill(link: EngineLink, because?: string): Promise<void> {
    const { clock, logger, onUndying } = this.#options;
    link.kill(because);
    if ((await inTime(link.ended, KILL_LIMIT_MS, clock)) !== undefined) return;
    logger.error('The engine cannot be killed while its mounts are there; they are taken away');
    await onUndying();
    await inTime(link.ended, KILL_LIMIT_MS, clock);
  }

  async #lost(reason: string): Promise<void> {
    const { clock, logger, onLost } = this.#options;
    this.#link = undefined;
    this.#endWatch?.();
    if (this.#status.state === 'stopping') return;
    const ranMs = this.#runningSince === undefined ? 0 : clock.now() - this.#runningSince;
    this.#runningSince = undefined;
    const decision = afterEnd(this.#history, clock.now(), ranMs);
    this.#history = decision;
    const { delayMs } = decision;
    this.#settled.resolve();
    this.#settled = Promise.withResolvers();
    const restarts = this.#status.restarts + 1;
    if (delayMs === undefined) {
      const sentence = `${reason}. It ends again and again, so it is not started any more; mount again to try once more.`;
      logger.error(sentence);
      this.#settled.resolve();
      this.#set('failed', sentence, restarts);
      await onLost(sentence);
      return;
    }
    const when = delayMs < 1_000 ? '' : ` in ${delayMs / 1_000} s`;
    const sentence = `${reason}; it is started again${when}.`;
    logger.error(sentence);
    this.#set('restarting', sentence, restarts);
    const waited = new Promise<void>((resolve) => {
      this.#cancelRestart = clock.after(delayMs, resolve);
    });
    await Promise.all([onLost(sentence), waited]);
    if (this.#isRestarting()) await this.#launch();
  }

  /** A method, as the state changes while others are awaited. */
  #isRestarting(): boolean {
    return this.#status.state === 'restarting';
  }

  #isStopping(): boolean {
    return this.#status.state === 'stopping';
  }

  #set(state: EngineStatus['state'], sentence: string | null, restarts = this.#status.restarts): void {
    this.#status = { state, since: Date.now(), restarts, sentence };
    this.#options.onStatus();
  }
}
