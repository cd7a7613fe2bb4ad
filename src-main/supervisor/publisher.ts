/**
 * Publishes one tree in a process of its own. Invariant: the process is told to end before it is ended, and what is said of the
 * catalogue at the end is what it holds: when the process died without a word, another one looks.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../engine/clock.ts';
import { GhostError, type GhostErrorCode } from '../engine/errors.ts';
import { inTime } from '../engine/in-time.ts';
import type { FoundJob } from '../engine/publish/find-published.ts';
import type { PublishProgress } from '../engine/publish/publish.ts';
import { childCommand, type ChildCommand } from './child-command.ts';
import type { Published, PublishOrder } from './publish-messages.ts';
import { startPublisherProcess } from './publisher-process.ts';

/** Closing files takes milliseconds; a disk or server that hangs may take for ever. */
const CANCEL_LIMIT_MS = 5_000;
/** It waits for a lock as long as any reader, 5 s; the rest is the start of a process on a busy machine. */
const FIND_LIMIT_MS = 15_000;

export interface PublisherOptions {
  readonly order: PublishOrder;
  readonly clock: Clock;
  readonly onProgress: (progress: PublishProgress) => void;
  readonly onNotice: (sentence: string) => void;
  /** Ours unless given. */
  readonly command?: () => ChildCommand;
}

export interface Publisher {
  /** Rejects with a GhostError; INTERRUPTED means that it did not come to its end and that the catalogue is unchanged. */
  readonly done: Promise<Published>;
  /** Resolves when the process is gone; `done` tells what it came to. */
  cancel(): Promise<void>;
}

export function startPublisher(options: PublisherOptions): Publisher {
  const { order, clock, onProgress, onNotice, command = publisherCommand } = options;
  const contentId = randomUUID();
  /** Undefined when it ended without one. */
  const lastWord = Promise.withResolvers<Published | undefined>();
  const process = startPublisherProcess(command(), (message) => {
    switch (message.kind) {
      case 'progress':
        onProgress(message.progress);
        break;
      case 'notice':
        onNotice(message.sentence);
        break;
      case 'published':
        lastWord.resolve(message.published);
        break;
      case 'failed':
        lastWord.reject(new GhostError(message.code as GhostErrorCode, message.sentence));
        break;
      case 'found':
    }
  });
  process.tell({ kind: 'publish', order, contentId });
  void process.ended.then(() => lastWord.resolve(undefined));
  const outcome = async (): Promise<Published> => {
    const told = await lastWord.promise;
    if (told !== undefined) return told;
    const { how, ran } = await process.ended;
    const subject = `Publishing ${order.directory} ${how}`;
    const found = ran ? await look({ order, contentId, subject, clock, command }) : undefined;
    if (found !== undefined) return { ...found, failedCount: undefined };
    throw new GhostError('INTERRUPTED', `${subject}; the catalogue is unchanged.`);
  };
  const done = outcome();
  // Who cancels may not look at the result.
  done.catch(() => {});
  return {
    done,
    async cancel() {
      process.tell({ kind: 'cancel' });
      if ((await inTime(process.ended, CANCEL_LIMIT_MS, clock)) !== undefined) return;
      process.kill();
      await process.ended;
    },
  };
}

function publisherCommand(): ChildCommand {
  return childCommand('supervisor/publish-main');
}

interface Search extends Required<Pick<PublisherOptions, 'order' | 'clock' | 'command'>> {
  readonly contentId: string;
  /** For the sentence when it cannot be told. */
  readonly subject: string;
}

/** The job, when it was written before the process died. Rejects when nobody can tell. */
async function look({ order, contentId, subject, clock, command }: Search): Promise<FoundJob | undefined> {
  const { database } = order;
  const answer = Promise.withResolvers<{ readonly job: FoundJob | undefined }>();
  const unknown = (code: GhostErrorCode, reason: string): GhostError =>
    new GhostError(code, `${subject}, and it is not known whether the job is in ${database}: ${reason}`);
  const process = startPublisherProcess(command(), (message) => {
    if (message.kind === 'found') answer.resolve({ job: message.job });
    if (message.kind === 'failed') answer.reject(unknown(message.code as GhostErrorCode, message.sentence));
  });
  process.tell({ kind: 'find', database, contentId });
  void process.ended.then(({ how }) => answer.reject(unknown('INTERNAL', `looking for it ${how}.`)));
  const found = await inTime(answer.promise, FIND_LIMIT_MS, clock);
  if (found !== undefined) return found.job;
  process.kill();
  throw unknown('TIMEOUT', `the catalogue did not answer within ${FIND_LIMIT_MS / 1000} s.`);
}
