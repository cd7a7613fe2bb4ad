/**
 * What takes a while and shows its progress: publishing. Invariant: a task ends once, as done, failed or cancelled, when its
 * process has ended, and what it says then is true of the catalogue.
 */
import { formatBytes, formatCount } from '../output/format.ts';
import type { Clock } from '../engine/clock.ts';
import type { JobKey } from '../engine/control/protocol.ts';
import { GhostError, messageOf } from '../engine/errors.ts';
import type { Logger } from '../engine/log.ts';
import type { PublishProgress } from '../engine/publish/publish.ts';
import type { Task } from '../ipc/contract.ts';
import type { ChildCommand } from './child-command.ts';
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
  /** The publisher's own unless given. */
  readonly publisherCommand?: () => ChildCommand;
}

interface Running {
  readonly publisher: Publisher;
  /** Resolves when the task has told its end. */
  readonly ended: Promise<void>;
}

export class Tasks {
  readonly #options: TasksOptions;
  readonly #running = new Map<string, Running>();
  /** Those of the running ones that were asked to end. */
  readonly #cancelled = new Set<string>();
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
    const { clock, logger, publisherCommand } = this.#options;
    if (this.#running.size >= MAX_RUNNING) {
      throw new GhostError(
        'QUEUE_FULL',
        `${MAX_RUNNING} folders are being published already; wait for one of them.`,
      );
    }
    const id = String(this.#lastId + 1);
    const show = (change: Partial<Task>): void => {
      if (!this.#cancelled.has(id)) this.#change(id, change);
    };
    // Before anything is listed: what cannot be started must not stand there for ever.
    const publisher = startPublisher({
      order,
      clock,
      onProgress: (progress) => show(shownProgress(progress)),
      onNotice: (sentence) => {
        logger.info(sentence);
        show({ detail: sentence });
      },
      ...(publisherCommand === undefined ? {} : { command: publisherCommand }),
    });
    this.#lastId += 1;
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
    this.#running.set(id, { publisher, ended: this.#follow(id, order, publisher) });
    this.#options.changed();
    return id;
  }

  /** Resolves when it has ended; it may have been finished before it heard of it. Throws NOT_FOUND. */
  async cancel(id: string): Promise<void> {
    if (!this.#tasks.some((task) => task.id === id)) throw unknown(id);
    const running = this.#running.get(id);
    if (running === undefined) return;
    await this.#stop(id, running);
    await running.ended;
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

  /** Cancels all. Resolves when their processes are gone. */
  async close(): Promise<void> {
    await Promise.all([...this.#running].map(([id, running]) => this.#stop(id, running)));
  }

  async #stop(id: string, { publisher }: Running): Promise<void> {
    this.#change(id, { detail: 'Cancelling' });
    this.#cancelled.add(id);
    await publisher.cancel();
  }

  async #follow(id: string, order: PublishOrder, publisher: Publisher): Promise<void> {
    try {
      const result = await publisher.done;
      const before = this.#cancelled.has(id) ? 'It was finished before it could be cancelled. ' : '';
      const { job, lost } = await this.#listed(order, result);
      this.#end(id, { state: 'done', progress: 1, detail: before + resultSentence(result) + lost, job });
    } catch (error) {
      const code = error instanceof GhostError ? error.code : 'INTERNAL';
      if (this.#cancelled.has(id) && code === 'INTERRUPTED') {
        this.#end(id, { state: 'cancelled', detail: 'Cancelled; the catalogue is unchanged.' });
        return;
      }
      this.#options.logger.error(`Publishing ${order.directory} failed`, error);
      this.#end(id, { state: 'failed', problem: { code, sentence: messageOf(error) }, detail: 'Failed' });
    }
  }

  /** The job in the list, or why it is not there: that does not undo the publication. */
  async #listed(
    order: PublishOrder,
    { jobId }: Published,
  ): Promise<{ readonly job: JobKey | null; readonly lost: string }> {
    try {
      return { job: (await this.#options.published(order, jobId)) ?? null, lost: '' };
    } catch (error) {
      this.#options.logger.error(`${order.database} cannot be listed`, error);
      return { job: null, lost: ` It cannot be listed: ${messageOf(error)}` };
    }
  }

  #end(id: string, change: Partial<Task>): void {
    this.#running.delete(id);
    this.#cancelled.delete(id);
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
  const missing =
    failedCount === undefined
      ? ' Whether files could not be read and are missing is not known.'
      : failedCount === 0
        ? ''
        : ` ${formatFiles(failedCount)} could not be read and are missing.`;
  return `Published as job ${jobId}: ${formatFiles(files)}, ${formatBytes(bytes)}.${missing}`;
}

function formatFiles(count: number): string {
  return count === 1 ? '1 file' : `${formatCount(count)} files`;
}

function unknown(id: string): GhostError {
  return new GhostError('NOT_FOUND', `There is no task ${id}.`);
}
