/**
 * A process that publishes one tree and ends: hashing gigabytes and walking slow disks disturb nobody there. Ends when told
 * to cancel and when the supervisor is gone; the catalogue is then as it was.
 */
import { GhostError, messageOf } from '../engine/errors.ts';
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

async function run(order: PublishOrder): Promise<void> {
  let toldAt = Number.NEGATIVE_INFINITY;
  try {
    const { jobId, files, bytes, failedCount } = await publish({
      ...order,
      signal: abort.signal,
      onNotice: (sentence) => void send({ kind: 'notice', sentence }),
      onProgress(progress) {
        if (performance.now() - toldAt < PROGRESS_INTERVAL_MS) return;
        toldAt = performance.now();
        void send({ kind: 'progress', progress });
      },
    });
    await send({ kind: 'published', published: { jobId, files, bytes, failedCount } });
  } catch (error) {
    const code = error instanceof GhostError ? error.code : 'INTERNAL';
    await send({ kind: 'failed', code, sentence: messageOf(error) });
  }
  if (process.connected) process.disconnect();
}

process.on('message', (message: ToPublisher) => {
  if (message.kind === 'cancel') abort.abort();
  else void run(message.order);
});
process.on('disconnect', () => abort.abort());
