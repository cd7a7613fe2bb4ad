/**
 * Entry of a responder thread: owns one FUSE session and answers, without waiting, everything the catalogue and the cache
 * can answer. What must wait is posted to the event loop, in the kernel's order.
 */
import { inspect } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { CachedBlockFiles } from '../../cache/cached-block-files.ts';
import { systemClock } from '../../clock.ts';
import { keepReserve, keptOpen } from '../../descriptors.ts';
import { messageOf } from '../../errors.ts';
import { GhostFilesystem } from '../../filesystem/ghost-filesystem.ts';
import { ReadTable } from '../../filesystem/read-table.ts';
import { readerProcess } from '../../filesystem/reader-process.ts';
import type { Logger } from '../../log.ts';
import { InodeTranslator } from '../../metadata/inode-translator.ts';
import { withCatalogueRetry } from '../../metadata/retry.ts';
import { openMagnetar } from '../../metadata/magnetar/magnetar-adapter.ts';
import { willNeed } from './libc.ts';
import { Pulse } from './pulse.ts';
import type { ResponderData, ResponderMessage } from './responder-messages.ts';
import { deviceOf, requestResend, serve } from './session.ts';
import { Waker } from './wake.ts';

/** Descriptors of block files kept open: 1 GiB of the usual 1 MiB blocks, a sixteenth of what Linux commonly allows a process. */
const OPEN_BLOCK_FILES = 1024;

const { fd, settings, negotiated, reads, waker: wakerMemory, pulse } = workerData as ResponderData;

function post(message: ResponderMessage): void {
  parentPort?.postMessage(message);
}

const logTo =
  (level: keyof Logger) =>
  (message: string, details?: unknown): void => {
    const text = details === undefined ? undefined : inspect(details);
    post({ kind: 'log', level, message, details: text });
  };
const logger: Logger = {
  error: logTo('error'),
  warn: logTo('warn'),
  info: logTo('info'),
  debug: logTo('debug'),
};

async function run(): Promise<void> {
  keepReserve();
  const { database, job, secret } = settings;
  const oracle = await withCatalogueRetry(systemClock, () =>
    openMagnetar(database, job, systemClock, () => secret),
  );
  // Added up now, so that the first `df` does not make everybody wait for it.
  await withCatalogueRetry(systemClock, () => oracle.totals());
  const cache =
    settings.cache === undefined
      ? undefined
      : new CachedBlockFiles(settings.cache.directory, {
          limit: keptOpen(OPEN_BLOCK_FILES),
          removals: settings.cache.removals,
          proven: settings.cache.proven,
          willNeed,
          served: (served) => post({ kind: 'served', served }),
        });
  const filesystem = new GhostFilesystem(oracle, settings, { cache, epochMs: Date.now() });
  const table = new ReadTable(readerProcess, reads);
  const waker = new Waker(wakerMemory);
  const device = deviceOf(fd);
  try {
    if (negotiated !== undefined) {
      post({ kind: 'ready', outcome: negotiated });
      // Before the first read: what the process before us took comes first again.
      requestResend(device);
    }
    serve(
      device,
      {
        filesystem,
        inodes: new InodeTranslator(oracle),
        defer: (read) => post({ kind: 'read', read }),
        deferAttribute: (attribute) => post({ kind: 'attribute', attribute }),
        served: ({ pid, node }, ordinal, bytes) => {
          table.hit(pid, ordinal, bytes);
          waker.served(node);
        },
        advanced: (file, block) => post({ kind: 'advanced', file, block }),
        interrupt: (unique) => post({ kind: 'interrupt', unique }),
        retry: (request) => post({ kind: 'retry', request }),
        beats: new Pulse(pulse).beats,
        ready: (outcome) => post({ kind: 'ready', outcome }),
      },
      logger,
    );
  } finally {
    filesystem.close();
    cache?.close();
  }
}

try {
  await run();
  post({ kind: 'ended', failure: undefined });
} catch (error) {
  post({ kind: 'ended', failure: messageOf(error) });
}
