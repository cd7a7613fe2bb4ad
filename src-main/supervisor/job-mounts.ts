/**
 * Mounts and unmounts jobs, and mounts again after the engine was lost. Invariant: one thing at a time is done to a job, and
 * every way it can end is a state: no mount is left behind that no state tells of.
 */
import type { EngineRequestName, EngineRequests, JobKey } from '../engine/control/protocol.ts';
import { GhostError, messageOf } from '../engine/errors.ts';
import type { Logger } from '../engine/log.ts';
import type { Problem } from '../ipc/contract.ts';
import { identifyMount, removeDeadMount, type MountedAt } from './dead-mounts.ts';
import { isUsed, type JobRecord, type JobRecords } from './job-records.ts';
import { busyError, holdersOf } from './mount-holders.ts';
import { problemOf } from './problem.ts';

export interface JobMountsOptions {
  readonly records: JobRecords;
  readonly request: <Name extends Extract<EngineRequestName, 'mount' | 'unmount'>>(
    name: Name,
    input: EngineRequests[Name]['input'],
  ) => Promise<EngineRequests[Name]['output']>;
  readonly mountRoot: () => string;
  readonly logger: Logger;
  readonly changed: () => void;
  /** A mount that worked is gone although nobody asked. */
  readonly onFailure: (key: JobKey, problem: Problem) => void;
}

export class JobMounts {
  readonly #options: JobMountsOptions;
  /** What is, or is to be again, mounted, and where the kernel has it. */
  readonly #mounted = new Map<JobKey, MountedAt>();
  /** The end of the queue of what is done to a job. */
  readonly #turns = new Map<JobKey, Promise<unknown>>();

  constructor(options: JobMountsOptions) {
    this.#options = options;
  }

  /** Where it is mounted then. */
  async mount(key: JobKey, mountPoint?: string): Promise<string> {
    return await this.#turn(key, async () => {
      const { records, mountRoot } = this.#options;
      const record = records.get(key);
      const wanted = mountPoint ?? records.mountPoint(key, mountRoot());
      if (record.state === 'mounted') {
        const actual = record.mountPoint ?? wanted;
        if (mountPoint === undefined || mountPoint === actual) return actual;
        throw new GhostError('MOUNT_BUSY', `The job is mounted at ${actual}; unmount it first.`);
      }
      if (record.state !== 'mounting')
        this.#move(key, 'mounting', { mountPoint: wanted, problem: undefined });
      return await this.#attach(record, wanted);
    });
  }

  /** Rejects with MOUNT_BUSY, saying who uses it, unless `force`. */
  async unmount(key: JobKey, force: boolean): Promise<void> {
    await this.#turn(key, async () => {
      switch (this.#options.records.get(key).state) {
        case 'mounted':
          await this.#detach(key, force);
          break;
        // It waits for an engine: one at a time is done to a job, so nobody is mounting it now.
        case 'mounting':
        case 'unmounting':
          await this.#giveUp(key);
          this.#move(key, 'unmounted', GONE);
          break;
        case 'failed':
          this.#move(key, 'unmounted', GONE);
          break;
        case 'unmounted':
      }
    });
  }

  /** Rejects with MOUNT_BUSY naming every busy mount, having unmounted none that it could see to be busy beforehand. */
  async unmountAll(): Promise<void> {
    const used = this.#options.records.all.filter(isUsed);
    const busy = await Promise.all(
      used.map(async (record) => {
        const holders = await holdersOf(record.mountPoint ?? '');
        return holders.length === 0 ? undefined : busyError(record, holders);
      }),
    );
    throwAll(busy);
    const results = await Promise.allSettled(used.map(({ place }) => this.unmount(place.key, false)));
    throwAll(
      results.map((result) => (result.status === 'rejected' ? (result.reason as unknown) : undefined)),
    );
  }

  /** The engine is gone and with it what served the mounts. They stay, answering with errors, until `resume` or `abandon`. */
  lost(reason: string): void {
    for (const { place, state } of this.#options.records.all) {
      if (state !== 'mounted') continue;
      this.#move(place.key, 'mounting', {
        mountedAt: undefined,
        problem: { code: 'ENGINE_AWAY', sentence: reason },
      });
    }
  }

  /** Mounts what the engine before had mounted. Never rejects. */
  async resume(): Promise<void> {
    await Promise.all(
      this.#waiting().map(({ place }) => this.#turn(place.key, () => this.#remount(place.key))),
    );
  }

  /** There will be no engine: takes away what the last one left. Never rejects. */
  async abandon(reason: string): Promise<void> {
    for (const { place } of this.#waiting()) {
      this.#move(place.key, 'failed', { ...GONE, problem: { code: 'ENGINE_AWAY', sentence: reason } });
    }
    await Promise.all([...this.#mounted.keys()].map((key) => this.#giveUp(key)));
  }

  /** The engine has ended as it was asked to: what it could not unmount goes now. Never rejects. */
  async release(): Promise<void> {
    this.lost('The program ends.');
    await Promise.all(
      this.#waiting().map(async ({ place }) => {
        await this.#giveUp(place.key);
        this.#move(place.key, 'unmounted', GONE);
      }),
    );
  }

  /** The engine says that a mount is over. */
  ended(key: JobKey, reason: string, failed: boolean): void {
    const { records, onFailure } = this.#options;
    // While it is being unmounted, whoever does that tells the end.
    if (records.find(key)?.state !== 'mounted') return;
    this.#mounted.delete(key);
    const sentence = `The mount at ${records.get(key).mountPoint ?? ''} ended: ${reason}`;
    const problem = { code: 'MOUNT_FAILED', sentence };
    this.#move(key, failed ? 'failed' : 'unmounted', { ...GONE, problem });
    onFailure(key, problem);
  }

  /** What the engine before had mounted. */
  #waiting(): readonly JobRecord[] {
    return this.#options.records.all.filter(
      ({ place, state }) => state === 'mounting' && this.#mounted.has(place.key),
    );
  }

  async #attach({ place }: JobRecord, wanted: string): Promise<string> {
    const { key } = place;
    try {
      const { mountPoint } = await this.#options.request('mount', { ...place, mountPoint: wanted });
      this.#mounted.set(key, await identifyMount(mountPoint));
      this.#move(key, 'mounted', { mountPoint, mountedAt: Date.now(), problem: undefined });
      return mountPoint;
    } catch (error) {
      await this.#giveUp(key);
      // Unless it was abandoned meanwhile, for a better reason.
      if (this.#options.records.get(key).state === 'mounting') {
        this.#move(key, 'failed', { mountPoint: undefined, problem: problemOf(error) });
      }
      throw error;
    }
  }

  async #remount(key: JobKey): Promise<void> {
    const { records, logger, onFailure } = this.#options;
    const record = records.find(key);
    const before = this.#mounted.get(key);
    if (record?.state !== 'mounting' || before === undefined) return;
    const { place } = record;
    try {
      const { mountPoint } = await this.#options.request('mount', {
        ...place,
        mountPoint: before.mountPoint,
      });
      this.#mounted.set(key, await identifyMount(mountPoint));
      this.#move(key, 'mounted', { mountPoint, mountedAt: Date.now(), problem: undefined });
      logger.info(`${mountPoint} is mounted again`);
    } catch (error) {
      // Lost again: the next engine tries.
      if (error instanceof GhostError && error.code === 'ENGINE_AWAY') return;
      await this.#giveUp(key);
      const problem = problemOf(error);
      this.#move(key, 'failed', { mountPoint: undefined, problem });
      onFailure(key, problem);
    }
  }

  async #detach(key: JobKey, force: boolean): Promise<void> {
    const record = this.#move(key, 'unmounting');
    try {
      await this.#options.request('unmount', { key, force });
    } catch (error) {
      const code = error instanceof GhostError ? error.code : 'INTERNAL';
      if (code === 'MOUNT_BUSY') {
        this.#move(key, 'mounted');
        throw busyError(record, await holdersOf(record.mountPoint ?? ''));
      }
      // Whatever is left in the mount table, nobody serves it any more.
      await this.#giveUp(key);
      if (code !== 'ENGINE_AWAY') {
        this.#move(key, 'failed', { ...GONE, problem: problemOf(error) });
        throw error;
      }
    }
    this.#mounted.delete(key);
    this.#move(key, 'unmounted', GONE);
  }

  /** Takes away what is in the mount table of a job that no engine serves. */
  async #giveUp(key: JobKey): Promise<void> {
    const mounted = this.#mounted.get(key);
    this.#mounted.delete(key);
    if (mounted === undefined) return;
    try {
      await removeDeadMount(mounted);
    } catch (error) {
      this.#options.logger.warn(`Cleaning up ${mounted.mountPoint} failed`, error);
    }
  }

  #move(...args: Parameters<JobRecords['move']>): JobRecord {
    const record = this.#options.records.move(...args);
    this.#options.changed();
    return record;
  }

  async #turn<T>(key: JobKey, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(key);
    // No await between get and set: two would go at once.
    const turn = (before ?? Promise.resolve()).then(work, work);
    this.#turns.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(key) === turn) this.#turns.delete(key);
    }
  }
}

const GONE = { mountPoint: undefined, mountedAt: undefined, problem: undefined } as const;

function throwAll(errors: readonly unknown[]): void {
  const failures = errors.filter((error) => error !== undefined);
  const [first] = failures;
  if (first === undefined) return;
  if (failures.length === 1)
    throw first instanceof Error ? first : new GhostError('INTERNAL', messageOf(first));
  throw new GhostError('MOUNT_BUSY', failures.map((error) => messageOf(error)).join(' '));
}
