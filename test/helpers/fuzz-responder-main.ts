/**
 * A thread that serves one session over a socket as a responder thread serves /dev/fuse. The event loop is played: what is
 * handed to it is answered at once with ETIMEDOUT. Invariant: it ends only with the socket, and nothing is left to chance.
 */
import { closeSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { CachedBlockFiles } from '../../src-main/engine/cache/cached-block-files.ts';
import { Errno } from '../../src-main/engine/errors.ts';
import { GhostFilesystem } from '../../src-main/engine/filesystem/ghost-filesystem.ts';
import type { MountSettings } from '../../src-main/engine/filesystem/mount-settings.ts';
import { OutHeader } from '../../src-main/engine/fuse/kernel/protocol/abi.ts';
import { Pulse } from '../../src-main/engine/fuse/kernel/pulse.ts';
import { deviceOf, serve, type Device } from '../../src-main/engine/fuse/kernel/session.ts';
import { silentLogger } from '../../src-main/engine/log.ts';
import { InodeTranslator } from '../../src-main/engine/metadata/inode-translator.ts';
import { openMagnetar } from '../../src-main/engine/metadata/magnetar/magnetar-adapter.ts';

export interface FuzzResponderData {
  /** Our end of a socket pair of packets. */
  readonly socket: number;
  readonly settings: MountSettings;
}

export interface FuzzResponderSummary {
  readonly cachedReads: number;
  readonly deferred: number;
}

const { socket, settings } = workerData as FuzzResponderData;

const device: Device = {
  ...deviceOf(socket),
  read: (target) => {
    const length = readSync(socket, target, 0, target.length, null);
    if (length === 0) throw Object.assign(new Error('the other end is closed'), { code: 'ENODEV' });
    return length;
  },
};

const summary = { cachedReads: 0, deferred: 0 };
try {
  const oracle = openMagnetar(settings.database, settings.job);
  const directory = settings.cache?.directory ?? '';
  const late = Buffer.alloc(OutHeader.size);
  const answerLate = (unique: bigint): void => {
    summary.deferred += 1;
    OutHeader.encode(new DataView(late.buffer, late.byteOffset, late.length), 0, {
      len: late.length,
      error: 0x1_0000_0000 - Errno.ETIMEDOUT,
      unique,
    });
    device.write(late, late.length);
  };
  serve(
    device,
    {
      filesystem: new GhostFilesystem(oracle, settings, {
        cache: new CachedBlockFiles(directory, {}),
        epochMs: 1,
      }),
      inodes: new InodeTranslator(oracle),
      defer: ({ unique, offset, length, file }) => {
        if (!(length > 0) || offset + length > file.size) {
          throw new Error(`bytes ${offset} to ${offset + length}`);
        }
        answerLate(unique);
      },
      deferAttribute: ({ unique }) => answerLate(unique),
      served: () => {
        summary.cachedReads += 1;
      },
      advanced: () => {},
      interrupt: () => {},
      beats: new Pulse().beats,
      retry: () => {
        throw new Error('nothing is locked here');
      },
      ready: () => {},
    },
    { ...silentLogger, error: (message, details) => process.stderr.write(`${message} ${String(details)}\n`) },
  );
  oracle.close();
  parentPort?.postMessage(summary satisfies FuzzResponderSummary);
} finally {
  closeSync(socket);
}
