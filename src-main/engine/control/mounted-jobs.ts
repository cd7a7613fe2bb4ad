/**
 * The mounts of this engine by key. Invariant: what is asked of one key happens one after the other, and a mount that ends by
 * itself is taken apart and told of, once.
 */
import { GhostError, messageOf } from '../errors.ts';
import type { MountEnd } from '../fuse/driver.ts';
import type { GhostFs } from '../ghostfs.ts';
import { Turns } from '../turns.ts';
import type { JobKey } from './protocol.ts';

export interface MountedJobsOptions {
  readonly ended: (key: JobKey, end: NonNullable<MountEnd>) => void;
  /** Taking a mount apart failed, although it is gone. */
  readonly failed: (key: JobKey, error: unknown) => void;
}

export class MountedJobs {
  readonly #options: MountedJobsOptions;
  readonly #mounts = new Map<JobKey, GhostFs>();
  readonly #turns = new Turns<JobKey>();
  #isClean = true;

  constructor(options: MountedJobsOptions) {
    this.#options = options;
  }

  get all(): ReadonlyMap<JobKey, GhostFs> {
    return this.#mounts;
  }

  /** False when a session lives on until this process ends. */
  get isClean(): boolean {
    return this.#isClean;
  }

  /** Throws MOUNT_FAILED for a key that is mounted, or what `mount` throws. */
  mount(key: JobKey, mount: () => Promise<GhostFs>): Promise<GhostFs> {
    return this.#turns.take(key, async () => {
      const there = this.#mounts.get(key);
      if (there !== undefined) {
        throw new GhostError('MOUNT_FAILED', `The job is mounted at ${there.mountPoint} already.`);
      }
      const mounted = await mount();
      this.#mounts.set(key, mounted);
      void mounted.ended.then((end) => {
        if (end !== undefined) void this.#turns.take(key, () => this.#ended(key, mounted, end));
      });
      return mounted;
    });
  }

  /** Nothing when the key is not mounted. Throws MOUNT_BUSY unless forced. */
  unmount(key: JobKey, force: boolean): Promise<void> {
    return this.#turns.take(key, async () => {
      const mount = this.#mounts.get(key);
      if (mount === undefined) return;
      if (!force) await mount.detachIdle();
      await this.#close(key, mount);
    });
  }

  /** Also those whose mounting is under way. Throws MOUNT_BUSY naming all that are, unless forced; the others are gone then. */
  async unmountAll(force: boolean): Promise<void> {
    const keys = [...new Set([...this.#mounts.keys(), ...this.#turns.keys])];
    const results = await Promise.allSettled(keys.map((key) => this.unmount(key, force)));
    const errors = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    const busy = errors.filter((error) => error instanceof GhostError && error.code === 'MOUNT_BUSY');
    const other = errors.find((error) => !busy.includes(error));
    if (other !== undefined) {
      throw other instanceof Error ? other : new GhostError('INTERNAL', messageOf(other), { cause: other });
    }
    if (busy.length === 0) return;
    throw new GhostError('MOUNT_BUSY', busy.map((error) => (error as GhostError).message).join(' '));
  }

  async #ended(key: JobKey, mount: GhostFs, end: NonNullable<MountEnd>): Promise<void> {
    if (this.#mounts.get(key) !== mount) return;
    try {
      await this.#close(key, mount);
    } catch (error) {
      this.#options.failed(key, error);
    }
    this.#options.ended(key, end);
  }

  async #close(key: JobKey, mount: GhostFs): Promise<void> {
    // Closing undoes all but the mount itself even when it fails: what is left is not a mount that could be used again.
    this.#mounts.delete(key);
    if (!(await mount.close())) this.#isClean = false;
  }
}
