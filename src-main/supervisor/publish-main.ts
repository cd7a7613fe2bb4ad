/**
 * A process that publishes one tree and ends: hashing gigabytes and walking slow disks disturb nobody there. Ends when told
 * to cancel and when the supervisor is gone; what it says last is true of the catalogue: published, or as it was.
 */
import { systemClock } from '../engine/clock.ts';
import { GhostError, messageOf } from '../engine/errors.ts';
import { withCatalogueRetry } from '../engine/metadata/retry.ts';
import { findPublished } from '../engine/publish/find-published.ts';
import { publish } from '../engine/publish/publish.ts';
import type { FromPublisher, PublishOrder, ToPublisher } from './publish-messages.ts';

/** As often as a screen shows it. */
const PROGRESS_INTERVAL_MS = 250;

const abort = new AbortController();

function send(message: FromPublisher): Promise<void> {
  return new Promise((resolve) => {
    // An error means that the supervisor is gone; `disconnect` tells.
    if (process.send === undefined) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}

/** Sends what `work` comes to, and ends. */
async function answer(work: () => Promise<FromPublisher>): Promise<void> {
  try {
    await send(await work());
  } catch (error) {
    const code = error instanceof GhostError ? error.code : 'INTERNAL';
    await send({ kind: 'failed', code, sentence: messageOf(error) });
  }
  if (process.connected) process.disconnect();
}

async function run(order: PublishOrder, contentId: string): Promise<FromPublisher> {
  let toldAt = Number.NEGATIVE_INFINITY;
  const { jobId, files, bytes, failedCount } = await publish({
    ...order,
    contentId,
    signal: abort.signal,
    onNotice: (sentence) => void send({ kind: 'notice', sentence }),
    onProgress(progress) {
      if (performance.now() - toldAt < PROGRESS_INTERVAL_MS) return;
      toldAt = performance.now();
      void send({ kind: 'progress', progress });
    },
  });
  return { kind: 'published', published: { jobId, files, bytes, failedCount } };
}

async function find(database: string, contentId: string): Promise<FromPublisher> {
  const job = await withCatalogueRetry(systemClock, () => findPublished(database, contentId), abort.signal);
  return { kind: 'found', job };
}

process.on('message', (message: ToPublisher) => {
  switch (message.kind) {
    case 'publish':
      void answer(() => run(message.order, message.contentId));
      break;
    case 'find':
      void answer(() => find(message.database, message.contentId));
      break;
    case 'cancel':
      abort.abort();
  }
});
process.on('disconnect', () => abort.abort());
