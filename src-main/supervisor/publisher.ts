/** Runs one publisher process. Invariant: it is told to end before it is ended, and it always ends. */
import { spawn } from 'node:child_process';
import type { Clock } from '../engine/clock.ts';
import { GhostError, type GhostErrorCode } from '../engine/errors.ts';
import type { PublishProgress } from '../engine/publish/publish.ts';
import { childCommand } from './child-command.ts';
import { inTime } from '../engine/in-time.ts';
import type { FromPublisher, Published, PublishOrder, ToPublisher } from './publish-messages.ts';

/** Closing files takes milliseconds; a disk or server that hangs may take for ever. */
const CANCEL_LIMIT_MS = 5_000;

export interface PublisherOptions {
  readonly order: PublishOrder;
  readonly clock: Clock;
  readonly onProgress: (progress: PublishProgress) => void;
  readonly onNotice: (sentence: string) => void;
}

export interface Publisher {
  /** Rejects with a GhostError, with INTERRUPTED after `cancel`. */
  readonly done: Promise<Published>;
  /** Resolves when the process is gone. */
  cancel(): Promise<void>;
}

export function startPublisher({ order, clock, onProgress, onNotice }: PublisherOptions): Publisher {
  const { executable, arguments: args } = childCommand('supervisor/publish-main');
  const child = spawn(executable, args, {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
    detached: true,
  });
  const done = Promise.withResolvers<Published>();
  // Who cancels does not look at the result.
  done.promise.catch(() => {});
  const ended = new Promise<void>((resolve) => {
    const end = (how: string): void => {
      done.reject(
        new GhostError('INTERRUPTED', `Publishing ${order.directory} ${how}; the catalogue is unchanged.`),
      );
      resolve();
    };
    child.once('close', (code, signal) => end(`ended early (${signal ?? `exit code ${code ?? 'unknown'}`})`));
    child.once('error', (error) => {
      if (child.pid === undefined) end(`cannot be started (${error.message})`);
    });
  });
  const tell = (message: ToPublisher): void => {
    // A process that is gone is told by its end.
    if (child.connected) child.send(message, () => {});
  };
  child.on('message', (value) => {
    const message = value as FromPublisher;
    switch (message.kind) {
      case 'progress':
        onProgress(message.progress);
        break;
      case 'notice':
        onNotice(message.sentence);
        break;
      case 'published':
        done.resolve(message.published);
        break;
      case 'failed':
        done.reject(new GhostError(message.code as GhostErrorCode, message.sentence));
    }
  });
  tell({ kind: 'publish', order });
  return {
    done: done.promise,
    async cancel() {
      tell({ kind: 'cancel' });
      if (
        (await inTime(
          ended.then(() => true),
          CANCEL_LIMIT_MS,
          clock,
        )) === true
      )
        return;
      child.kill('SIGKILL');
      await ended;
    },
  };
}
