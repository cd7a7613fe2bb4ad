/**
 * Quitting: unmount everything first, within a limit; where something is still in use or hangs, let the person decide.
 * Invariant: the program leaves only after a stop that succeeded or was forced, and asks at most one question at a time.
 */
import type { Clock } from '../engine/clock.ts';

/** A quick unmount takes milliseconds; an engine that hangs is noticed and killed before this. Then a person decides. */
const STOP_LIMIT_MS = 12_000;
/** A forced stop only detaches, and kills an engine that does not end. This is longer than all of that may take. */
const FORCED_LIMIT_MS = 10_000;

export type QuitState = 'running' | 'unmounting' | 'asking' | 'detaching' | 'gone';
export type QuitAnswer = 'retry' | 'detach' | 'cancel';

export interface QuitReason {
  readonly kind: 'busy' | 'slow' | 'failed';
  /** For people; empty when there is nothing to add. */
  readonly sentence: string;
}

export interface QuitOptions {
  readonly clock: Clock;
  /**
   * Unmounts and ends the engine. Rejects, saying what is busy, when it could not and everything goes on; also when it is
   * cancelled in time.
   */
  readonly stop: (options: { readonly force: boolean; readonly cancelled: AbortSignal }) => Promise<void>;
  readonly ask: (reason: QuitReason) => Promise<QuitAnswer>;
  /** Ends the process; called once. */
  readonly leave: () => void;
}

type Ended = 'stopped' | 'slow' | { readonly error: unknown };

export class QuitSequence {
  readonly #options: QuitOptions;
  #state: QuitState = 'running';

  constructor(options: QuitOptions) {
    this.#options = options;
  }

  get state(): QuitState {
    return this.#state;
  }

  /** Begins, unless it has begun. Resolves when the program leaves or stays. */
  async request(): Promise<void> {
    if (this.#state !== 'running') return;
    this.#state = 'unmounting';
    const cancelling = new AbortController();
    let stopping = this.#stop(false, cancelling.signal);
    for (;;) {
      const ended = await this.#within(stopping, STOP_LIMIT_MS);
      if (this.#isLeaving()) return;
      if (ended === 'stopped') {
        this.#leave();
        return;
      }
      this.#state = 'asking';
      const answer = await this.#answer(reasonOf(ended), stopping);
      if (this.#isLeaving()) return;
      if (answer === 'cancel') {
        cancelling.abort();
        if (ended === 'slow') await this.#takeBack(stopping);
        else this.#state = 'running';
        return;
      }
      if (answer === 'stopped') {
        this.#leave();
        return;
      }
      if (answer === 'detach') {
        await this.force();
        return;
      }
      this.#state = 'unmounting';
      // A stop that is only slow is still under way: trying again means to go on waiting for it.
      if (ended !== 'slow') stopping = this.#stop(false, cancelling.signal);
    }
  }

  /** Leaves without a question, as when the system itself shuts down or another client ended the program. */
  async force(): Promise<void> {
    if (this.#isLeaving()) return;
    this.#state = 'detaching';
    await this.#within(this.#stop(true, new AbortController().signal), FORCED_LIMIT_MS);
    this.#leave();
  }

  /** A stop that has just unmounted the last job ends the program all the same: there is no engine left to stay with. */
  async #takeBack(stopping: Promise<Ended>): Promise<void> {
    this.#state = 'unmounting';
    const ended = await this.#within(stopping, STOP_LIMIT_MS);
    if (this.#isLeaving()) return;
    if (ended === 'stopped') this.#leave();
    else this.#state = 'running';
  }

  #isLeaving(): boolean {
    return this.#state === 'detaching' || this.#state === 'gone';
  }

  #leave(): void {
    if (this.#state === 'gone') return;
    this.#state = 'gone';
    this.#options.leave();
  }

  /** Never rejects. */
  async #stop(force: boolean, cancelled: AbortSignal): Promise<Ended> {
    try {
      await this.#options.stop({ force, cancelled });
      return 'stopped';
    } catch (error) {
      return { error };
    }
  }

  #within(ended: Promise<Ended>, limitMs: number): Promise<Ended> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(limitMs, () => resolve('slow'));
      void ended.then((how) => {
        cancel();
        resolve(how);
      });
    });
  }

  /** The person's answer, or that the stop succeeded meanwhile. A question that fails counts as staying. */
  async #answer(reason: QuitReason, stopping: Promise<Ended>): Promise<QuitAnswer | 'stopped'> {
    const late = new Promise<'stopped'>((resolve) => {
      void stopping.then((how) => how === 'stopped' && resolve(how));
    });
    try {
      return await Promise.race([this.#options.ask(reason), late]);
    } catch {
      return 'cancel';
    }
  }
}

function reasonOf(ended: Exclude<Ended, 'stopped'>): QuitReason {
  if (ended === 'slow') return { kind: 'slow', sentence: '' };
  const { error } = ended;
  const busy = error instanceof Error && 'code' in error && error.code === 'MOUNT_BUSY';
  const sentence = error instanceof Error ? error.message : String(error);
  return { kind: busy ? 'busy' : 'failed', sentence };
}
