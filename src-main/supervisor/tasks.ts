/** What takes a while and shows its progress: publishing. Invariant: a task ends as done, failed or cancelled, and only once. */
import { formatBytes, formatCount } from '../output/format.ts';
import type { Clock } from '../engine/clock.ts';
import type { JobKey } from '../engine/control/protocol.ts';
import { GhostError, messageOf } from '../engine/errors.ts';
import type { Logger } from '../engine/log.ts';
import type { PublishProgress } from '../engine/publish/publish.ts';
import type { Task } from '../ipc/contract.ts';
import type { Published, PublishOrder } from './publish-messages.ts';
import { startPublisher, type Publisher } from './publisher.ts';

/** Each reads a whole disk or server. */
const MAX_RUNNING = 4;
/** Those that ended and that nobody dismissed. */
const MAX_ENDED = 20;

export interface TasksOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly changed: () => void;
  /** The key of a job that was published; resolves when it is listed. */
  readonly published: (order: PublishOrder, job: number) => Promise<JobKey | undefined>;
}

export class Tasks {
  readonly #options: TasksOptions;
  readonly #running = new Map<string, Publisher>();
  #tasks: readonly Task[] = [];
  #lastId = 0;

  constructor(options: TasksOptions) {
    this.#options = options;
  }

  /** The latest last. */
  get all(): readonly Task[] {
    return this.#tasks;
  }

  /** Its id. Throws QUEUE_FULL. */
  publish(order: PublishOrder): string {
    const { clock, logger } = this.#options;
    if (this.#running.size >= MAX_RUNNING) {
      throw new GhostError(
        'QUEUE_FULL',
        `${MAX_RUNNING} folders are being published already; wait for one of them.`,
      );
    }
    this.#lastId += 1;
    const id = String(this.#lastId);
    this.#tasks = [
      ...this.#tasks,
      {
        id,
        kind: 'publish',
        title: `Publish ${order.directory}`,
        state: 'running',
        progress: null,
        detail: 'Starting',
        problem: null,
        job: null,
      },
    ];
    const publisher = startPublisher({
      order,
      clock,
      onProgress: (progress) => this.#change(id, shownProgress(progress)),
      onNotice: (sentence) => {
        logger.info(sentence);
        this.#change(id, { detail: sentence });
      },
    });
    this.#running.set(id, publisher);
    this.#options.changed();
    void this.#follow(id, order, publisher);
    return id;
  }

  /** Resolves when it has ended. Throws NOT_FOUND. */
  async cancel(id: string): Promise<void> {
    if (!this.#tasks.some((task) => task.id === id)) throw unknown(id);
    const publisher = this.#running.get(id);
    if (publisher === undefined) return;
    this.#running.delete(id);
    this.#change(id, { state: 'cancelled', detail: 'Cancelled; the catalogue is unchanged.' });
    await publisher.cancel();
  }

  /** Forgets a task that has ended. Throws NOT_FOUND, and ARGUMENT_INVALID while it runs. */
  dismiss(id: string): void {
    if (!this.#tasks.some((task) => task.id === id)) throw unknown(id);
    if (this.#running.has(id)) {
      throw new GhostError('ARGUMENT_INVALID', `Task ${id} is still running; cancel it first.`);
    }
    this.#tasks = this.#tasks.filter((task) => task.id !== id);
    this.#options.changed();
  }

  /** Cancels all. */
  async close(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((id) => this.cancel(id)));
  }

  async #follow(id: string, order: PublishOrder, publisher: Publisher): Promise<void> {
    try {
      const result = await publisher.done;
      const job = await this.#options.published(order, result.jobId);
      this.#end(id, {
        state: 'done',
        progress: 1,
        detail: resultSentence(result),
        job: job ?? null,
      });
    } catch (error) {
      const code = error instanceof GhostError ? error.code : 'INTERNAL';
      this.#options.logger.error(`Publishing ${order.directory} failed`, error);
      this.#end(id, { state: 'failed', problem: { code, sentence: messageOf(error) }, detail: 'Failed' });
    }
  }

  #end(id: string, change: Partial<Task>): void {
    // Whoever cancelled it has told its end.
    if (!this.#running.delete(id)) return;
    this.#change(id, change);
    const ended = this.#tasks.filter((task) => !this.#running.has(task.id));
    const forgotten = new Set(ended.slice(0, -MAX_ENDED));
    this.#tasks = this.#tasks.filter((task) => !forgotten.has(task));
  }

  #change(id: string, change: Partial<Task>): void {
    this.#tasks = this.#tasks.map((task) => (task.id === id ? { ...task, ...change } : task));
    this.#options.changed();
  }
}

function shownProgress(now: PublishProgress): Pick<Task, 'progress' | 'detail'> {
  const { phase, files, bytes, totalFiles, totalBytes } = now;
  if (phase === 'listing') {
    return { progress: null, detail: `Listing: ${formatFiles(files)}, ${formatBytes(bytes)}` };
  }
  const part =
    totalBytes !== undefined && totalBytes > 0
      ? bytes / totalBytes
      : totalFiles !== undefined && totalFiles > 0
        ? files / totalFiles
        : 1;
  const of = totalBytes === undefined ? '' : ` of ${formatBytes(totalBytes)}`;
  return {
    // A file that grows while it is read counts more than it was listed with.
    progress: Math.min(1, part),
    detail: `Reading: ${formatFiles(files)}, ${formatBytes(bytes)}${of}`,
  };
}

function resultSentence({ jobId, files, bytes, failedCount }: Published): string {
  const lost = failedCount === 0 ? '' : ` ${formatFiles(failedCount)} could not be read and are missing.`;
  return `Published as job ${jobId}: ${formatFiles(files)}, ${formatBytes(bytes)}.${lost}`;
}

function formatFiles(count: number): string {
  return count === 1 ? '1 file' : `${formatCount(count)} files`;
}

function unknown(id: string): GhostError {
  return new GhostError('NOT_FOUND', `There is no task ${id}.`);
}
