/**
 * Mounts and unmounts jobs, and mounts again after the engine was lost. Invariant: one thing at a time is done to a job, every way
 * it can end is a state, and what is wanted stays wanted until it is there, is given up with the engine, or nobody wants it.
 */
import type { Clock } from '../engine/clock.ts';
import type { EngineRequestName, EngineRequests, HandedSession, JobKey } from '../engine/control/protocol.ts';
import { GhostError } from '../engine/errors.ts';
import type { Logger } from '../engine/log.ts';
import { forEachOf, Turns } from '../engine/turns.ts';
import type { Problem } from '../ipc/contract.ts';
import { identifyMount, removeDeadMount, type MountedAt } from './dead-mounts.ts';
import type { Downloads } from './downloads.ts';
import type { KeptSessions } from './kept-sessions.ts';
import { isUsed, type JobRecord, type JobRecords } from './job-records.ts';
import { busyError, usersOf } from './mount-holders.ts';
import { problemOf } from './problem.ts';
import { isPatient, RETRY_MS } from './takeover-patience.ts';
import { throwAll } from './throw-all.ts';
import { newWanted, type Wanted } from './wanted-mount.ts';

export interface JobMountsOptions {
  readonly records: JobRecords;
  readonly downloads: Downloads;
  readonly sessions: KeptSessions;
  readonly request: <Name extends Extract<EngineRequestName, 'mount' | 'unmount'>>(
    name: Name,
    input: EngineRequests[Name]['input'],
  ) => Promise<EngineRequests[Name]['output']>;
  /** Why nothing can be asked of an engine now; undefined while one runs. */
  readonly engineAway: () => string | undefined;
  readonly mountRoot: () => string;
  /** Resolves when nothing that an earlier program left is in the way there. */
  readonly cleared: (mountPoint: string) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly changed: () => void;
  /** A mount that worked is gone although nobody asked. */
  readonly onFailure: (key: JobKey, problem: Problem) => void;
}

/** The socket to the engine holds some two hundred descriptors that it has not taken yet, and then takes no more. */
const RESUMED_AT_ONCE = 16;

export class JobMounts {
  readonly #options: JobMountsOptions;
  /** The jobs that are `mounting`. */
  readonly #wanted = new Map<JobKey, Wanted>();
  /** Where the kernel has those that are mounted. */
  readonly #mounted = new Map<JobKey, Promise<MountedAt>>();
  readonly #turns = new Turns<JobKey>();

  constructor(options: JobMountsOptions) {
    this.#options = options;
  }

  /** Where it is mounted then. While there is no engine it waits for one. */
  async mount(key: JobKey, mountPoint?: string): Promise<string> {
    // An object, as a promise would be waited for within the turn.
    const { outcome } = await this.#turns.take(key, async () => {
      const { records, mountRoot } = this.#options;
      const { state, mountPoint: taken } = records.get(key);
      if (taken !== undefined && (state === 'mounted' || state === 'mounting')) {
        if (mountPoint !== undefined && mountPoint !== taken) {
          const is = state === 'mounted' ? 'is' : 'is being';
          throw new GhostError('MOUNT_BUSY', `The job ${is} mounted at ${taken}; unmount it first.`);
        }
        return { outcome: this.#wanted.get(key)?.outcome.promise ?? taken };
      }
      const wanted = newWanted(mountPoint ?? records.mountPoint(key, mountRoot()), undefined);
      this.#wanted.set(key, wanted);
      this.#move(key, 'mounting', { mountPoint: wanted.mountPoint, problem: undefined });
      await this.#attach(key);
      return { outcome: wanted.outcome.promise };
    });
    return await outcome;
  }

  /** Rejects with MOUNT_BUSY, saying who uses it, unless `force`. */
  async unmount(key: JobKey, force: boolean, cancelled?: AbortSignal): Promise<void> {
    await this.#turns.take(key, async () => {
      cancelled?.throwIfAborted();
      const { state } = this.#options.records.get(key);
      if (state === 'mounted') await this.#detach(key, force);
      // It waits for an engine: one thing at a time is done to a job, so nobody is mounting it now.
      if (state === 'mounting') {
        const instead = new GhostError('INTERRUPTED', 'The job was unmounted before it was mounted.');
        await this.#remove(this.#giveUp(key, 'unmounted', instead));
      }
      if (state === 'failed') this.#move(key, 'unmounted', GONE);
    });
  }

  /**
   * Rejects with MOUNT_BUSY naming every busy mount, having unmounted none that it could see to be busy beforehand. Once it is
   * cancelled it rejects, and unmounts only what it had begun to.
   */
  async unmountAll(cancelled?: AbortSignal): Promise<void> {
    const { records, downloads } = this.#options;
    const used = records.all.filter(isUsed);
    const busy = await Promise.all(
      used.map(async (record) => {
        const isMounted = record.state === 'mounted';
        const users = isMounted ? await usersOf(record, downloads.of(record.place.key)) : [];
        return users.length === 0 ? undefined : busyError(record, users);
      }),
    );
    throwAll(busy);
    cancelled?.throwIfAborted();
    const results = await Promise.allSettled(
      used.map(({ place }) => this.unmount(place.key, false, cancelled)),
    );
    throwAll(
      results.map((result) => (result.status === 'rejected' ? (result.reason as unknown) : undefined)),
    );
  }

  /** A mount that is being made has a session. */
  keep(key: JobKey, session: HandedSession): void {
    const { records, sessions } = this.#options;
    const { state } = records.find(key) ?? {};
    if (state === 'mounting' || state === 'mounted') sessions.keep(key, session);
    else sessions.drop(session);
  }

  /**
   * The engine is gone and with it what served the mounts. They stay until `resume` or `abandon`: whoever reads waits, or gets an
   * error where no session could be kept.
   */
  lost(reason: string): void {
    for (const { place, state, mountPoint = '' } of this.#options.records.all) {
      if (state !== 'mounted') continue;
      const { key } = place;
      this.#wanted.set(key, newWanted(mountPoint, this.#mounted.get(key)));
      this.#mounted.delete(key);
      this.#move(key, 'mounting', { mountedAt: undefined });
    }
    for (const key of this.#wanted.keys()) this.#wait(key, reason);
  }

  /** Mounts all that is wanted. Never rejects. */
  async resume(): Promise<void> {
    const attach = (key: JobKey): Promise<void> => this.#turns.take(key, () => this.#attach(key));
    await forEachOf([...this.#wanted.keys()], RESUMED_AT_ONCE, attach);
  }

  /** There will be no engine: takes away what the last one left. Never rejects. */
  async abandon(reason: string): Promise<void> {
    await this.#giveUpAll('failed', new GhostError('ENGINE_AWAY', reason));
  }

  /** The engine has ended as it was asked to: what it could not unmount goes now. Never rejects. */
  async release(): Promise<void> {
    const error = new GhostError('SHUTTING_DOWN', 'The program ends.');
    this.lost(error.message);
    await this.#giveUpAll('unmounted', error);
    await this.#turns.done();
  }

  /** Takes everything out of the kernel's table, so that whoever waits for a mount is freed. The states stay. Never rejects. */
  async sever(): Promise<void> {
    const left = [...this.#wanted.values()].map((wanted) => wanted.left);
    await Promise.all([...this.#mounted.values(), ...left].map((mounted) => this.#remove(mounted)));
    this.#options.sessions.releaseAll();
  }

  /** The engine says that a mount is over. */
  ended(key: JobKey, reason: string, failed: boolean): void {
    const { records, onFailure } = this.#options;
    const wanted = this.#wanted.get(key);
    if (wanted !== undefined) wanted.end = { reason, failed };
    // While it is being unmounted, whoever does that tells the end.
    if (records.find(key)?.state !== 'mounted') return;
    this.#forget(key);
    const sentence = `The mount at ${records.get(key).mountPoint ?? ''} ended: ${reason}`;
    const problem = { code: 'MOUNT_FAILED', sentence };
    this.#move(key, failed ? 'failed' : 'unmounted', { ...GONE, problem });
    onFailure(key, problem);
  }

  /** Mounts what is wanted, if there is an engine. Never rejects: the outcome tells. */
  async #attach(key: JobKey): Promise<void> {
    const { records, request, engineAway, cleared, logger, sessions } = this.#options;
    const wanted = this.#wanted.get(key);
    if (wanted === undefined) return;
    const away = engineAway();
    if (away !== undefined) {
      this.#wait(key, away);
      return;
    }
    await cleared(wanted.mountPoint);
    const before = await identifyMount(wanted.mountPoint);
    try {
      const { place } = records.get(key);
      const session = sessions.hand(key);
      const { mountPoint } = await request('mount', { ...place, mountPoint: wanted.mountPoint, session });
      if (this.#wanted.get(key) !== wanted) {
        // Given up meanwhile, together with the engine that answered.
        await this.#remove(identifyMount(mountPoint));
        return;
      }
      this.#wanted.delete(key);
      // What is at the place of a session that was kept by now may be another's.
      const there =
        session === undefined ? identifyMount(mountPoint) : { mountPoint, connection: session.connection };
      this.#mounted.set(key, Promise.resolve(there));
      this.#move(key, 'mounted', { mountPoint, mountedAt: Date.now(), problem: undefined });
      if (wanted.again) logger.info(`${mountPoint} is mounted again`);
      wanted.outcome.resolve(mountPoint);
      if (wanted.end !== undefined) this.ended(key, wanted.end.reason, wanted.end.failed);
    } catch (error) {
      await this.#notAttached(key, wanted, before, error);
    }
  }

  async #notAttached(key: JobKey, wanted: Wanted, before: MountedAt, error: unknown): Promise<void> {
    const { request, onFailure } = this.#options;
    const problem = problemOf(error);
    const isWanted = (): boolean => this.#wanted.get(key) === wanted;
    if (problem.code === 'ENGINE_AWAY') {
      // Its last deed may have been this mount.
      const now = await identifyMount(wanted.mountPoint);
      const left = now.connection === before.connection ? undefined : Promise.resolve(now);
      if (isWanted()) {
        wanted.left = left ?? wanted.left;
        this.#wait(key, problem.sentence);
      } else await this.#remove(left);
      return;
    }
    // Given up meanwhile, for a better reason.
    if (!isWanted()) return;
    if (problem.code !== 'TIMEOUT' && this.#waits(key, wanted, problem)) return;
    // Should it get there after all: nobody knows of that mount any more.
    if (problem.code === 'TIMEOUT') request('unmount', { key, force: true }).catch(() => {});
    await this.#remove(this.#giveUp(key, 'failed', error));
    if (wanted.again) onFailure(key, problem);
  }

  /** What stands in the way of going on with a mount whose session is kept is often over in a moment: then true. */
  #waits(key: JobKey, wanted: Wanted, problem: Problem): boolean {
    const { clock, logger, sessions } = this.#options;
    const isFirst = wanted.failingSince === undefined;
    wanted.failingSince ??= clock.now();
    if (!wanted.again || !sessions.has(key) || !isPatient(wanted.failingSince, clock.now())) return false;
    if (isFirst) logger.warn(`The mount at ${wanted.mountPoint} waits: ${problem.sentence}`);
    this.#options.records.note(key, { problem });
    this.#options.changed();
    clock.after(RETRY_MS, () => {
      void this.#turns.take(key, async () => {
        if (this.#wanted.get(key) === wanted) await this.#attach(key);
      });
    });
    return true;
  }

  async #detach(key: JobKey, force: boolean): Promise<void> {
    const { records, downloads } = this.#options;
    const running = downloads.of(key);
    if (force) downloads.endAll(key);
    else if (running.length > 0) throw busyError(records.get(key), await usersOf(records.get(key), running));
    // No await since it was seen that nothing is downloaded: from here on no download begins.
    const record = this.#move(key, 'unmounting');
    try {
      await this.#options.request('unmount', { key, force });
    } catch (error) {
      const { code } = problemOf(error);
      if (code === 'MOUNT_BUSY') {
        this.#move(key, 'mounted');
        throw busyError(record, await usersOf(record));
      }
      // Whatever is left in the mount table, nobody serves it any more.
      await this.#remove(this.#mounted.get(key));
      if (code !== 'ENGINE_AWAY') {
        this.#forget(key);
        this.#move(key, 'failed', { ...GONE, problem: problemOf(error) });
        throw error;
      }
    }
    this.#forget(key);
    this.#move(key, 'unmounted', GONE);
  }

  /** Stays wanted; the state says for what it waits. */
  #wait(key: JobKey, reason: string): void {
    const problem = { code: 'ENGINE_AWAY', sentence: reason };
    const wanted = this.#wanted.get(key);
    if (wanted !== undefined) wanted.end = undefined;
    this.#options.records.note(key, { problem });
    this.#options.changed();
  }

  async #giveUpAll(state: 'failed' | 'unmounted', error: GhostError): Promise<void> {
    await Promise.all(
      [...this.#wanted.keys()].map((key) => {
        const left = this.#giveUp(key, state, error);
        return this.#turns.take(key, () => this.#remove(left));
      }),
    );
  }

  /** Nobody mounts it any more. What is left of it is for the caller to remove. */
  #giveUp(key: JobKey, state: 'failed' | 'unmounted', error: unknown): Promise<MountedAt> | undefined {
    const wanted = this.#wanted.get(key);
    this.#wanted.delete(key);
    this.#forget(key);
    this.#move(key, state, { ...GONE, problem: state === 'failed' ? problemOf(error) : undefined });
    wanted?.outcome.reject(error);
    return wanted?.left;
  }

  /** The mount is over: with the last copy of its session whoever still waits in it is freed. */
  #forget(key: JobKey): void {
    this.#mounted.delete(key);
    this.#options.sessions.release(key);
  }

  /** Takes away what is in the mount table of a job that no engine serves. */
  async #remove(mounted: Promise<MountedAt> | undefined): Promise<void> {
    if (mounted === undefined) return;
    const dead = await mounted;
    await removeDeadMount(dead).catch((error: unknown) =>
      this.#options.logger.warn(`Cleaning up ${dead.mountPoint} failed`, error),
    );
  }

  #move(...args: Parameters<JobRecords['move']>): JobRecord {
    const record = this.#options.records.move(...args);
    this.#options.changed();
    return record;
  }
}

const GONE = { mountPoint: undefined, mountedAt: undefined, problem: undefined } as const;
