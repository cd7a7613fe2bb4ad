/**
 * Plays the kernel to a session and sends it nonsense: SEED, how many FRAMES, an empty DIRECTORY. Prints what it counted as
 * JSON, or fails with the frame that was answered wrongly. A process of its own: it blocks, and a session that hangs is its end.
 */
import { closeSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { artifactKey } from '../../src-main/engine/cache/artifact-key.ts';
import { DiskCache } from '../../src-main/engine/cache/disk-cache.ts';
import { systemClock } from '../../src-main/engine/clock.ts';
import type { MountSettings } from '../../src-main/engine/filesystem/mount-settings.ts';
import { socketPair } from '../../src-main/engine/fuse/kernel/libc.ts';
import { Opcode, OutHeader } from '../../src-main/engine/fuse/kernel/protocol/abi.ts';
import { silentLogger } from '../../src-main/engine/log.ts';
import { FuzzFrames } from '../protocol/fuzz-frames.ts';
import { complaint, wantsReply } from '../protocol/fuzz-verdict.ts';
import type { FuzzResponderData, FuzzResponderSummary } from './fuzz-responder-main.ts';
import { frame } from './memory-device.ts';

/** Few and small enough that writing a batch never waits for the other end, which waits for us to read its answers. */
const BATCH_FRAMES = 48;
const BATCH_BYTES = 24 << 10;
const FILE_BYTES = 100_000;
const BLOCK_BYTES = 1 << 16;
const LARGEST_REPLY = 1 << 21;

const [seed = 0, frames = 0] = process.argv.slice(2, 4).map(Number);
const [, , , , directory = ''] = process.argv;

async function prepare(): Promise<MountSettings> {
  const database = join(directory, 'magnetar.db');
  const catalogue = new Database(database);
  catalogue.exec(`
    CREATE TABLE artifacts(id TEXT PRIMARY KEY, job_id INTEGER, parent_id TEXT, name TEXT, size INTEGER, is_dir BOOLEAN, mtime INTEGER);
    CREATE INDEX by_parent ON artifacts(parent_id); CREATE INDEX by_job ON artifacts(job_id);
    CREATE INDEX by_name ON artifacts(parent_id, name);
    INSERT INTO artifacts VALUES ('root', 1, NULL, 'root', 0, 1, 0), ('dir', 1, 'root', 'dir', 0, 1, 0),
      ('file', 1, 'root', 'file.bin', ${FILE_BYTES}, 0, 0);
  `);
  const insert = catalogue.prepare(`INSERT INTO artifacts VALUES (?, 1, 'dir', ?, 1, 0, 0)`);
  catalogue.transaction(() => {
    for (let index = 0; index < 500; index += 1) insert.run(`many-${index}`, `many-${index}`);
  })();
  catalogue.close();
  const cacheDirectory = join(directory, 'cache');
  const cache = await DiskCache.open(cacheDirectory, { clock: systemClock, logger: silentLogger });
  const cacheNamespace = '1-0123456789ab';
  // The first block only: reads of the second are handed over.
  const key = artifactKey(cacheNamespace, { id: 'file', size: FILE_BYTES, mtime: 0 }, BLOCK_BYTES);
  await cache.commit(key, 0, Buffer.alloc(BLOCK_BYTES, 7));
  const { removals, proven } = cache;
  await cache.close();
  return {
    database,
    job: 1,
    mountPoint: '/nowhere',
    cache: { directory: cacheDirectory, removals: removals.shared, proven: proven.shared },
    cacheNamespace,
    blockSize: BLOCK_BYTES,
    uid: 7,
    gid: 8,
    umask: 0o027,
    allowOther: false,
  };
}

const settings = await prepare();
const [ours, theirs] = socketPair('packets');
const worker = new Worker(new URL('fuzz-responder-main.ts', import.meta.url), {
  workerData: { socket: theirs, settings } satisfies FuzzResponderData,
  // It closes a socket that it did not open.
  trackUnmanagedFds: false,
});
const summary = new Promise<FuzzResponderSummary>((resolve, reject) => {
  worker.once('message', resolve);
  worker.once('error', reject);
});
const answer = Buffer.alloc(LARGEST_REPLY);
const generator = new FuzzFrames(seed);
let unique = 0n;
let sent = 0;
let answered = 0;

/** Frames by id, oldest first: garbage may have the id of another. */
function batch(): Map<bigint, Buffer[]> {
  const waiting = new Map<bigint, Buffer[]>();
  for (let count = 0, bytes = 0; count < BATCH_FRAMES && bytes < BATCH_BYTES; count += 1) {
    unique += 1n;
    const next = generator.next(unique);
    writeSync(ours, next);
    sent += 1;
    bytes += next.length;
    if (!wantsReply(next)) continue;
    const id = next.readBigUInt64LE(8);
    waiting.set(id, [...(waiting.get(id) ?? []), Buffer.from(next)]);
  }
  return waiting;
}

function receive(): Buffer {
  const length = readSync(ours, answer, 0, answer.length, null);
  if (length === 0) throw new Error('the session ended');
  return answer.subarray(0, length);
}

/** Requests are answered in order, so the answer to this one says that there are no more to those before. */
function untilAnswered(waiting: Map<bigint, Buffer[]>): void {
  unique += 1n;
  const last = frame(Opcode.STATFS, 1, unique);
  writeSync(ours, last);
  for (;;) {
    const reply = receive();
    const id = reply.readBigUInt64LE(8);
    if (id === unique) {
      const wrong = complaint(last, reply);
      if (wrong !== undefined) throw new Error(`the answer to STATFS ${wrong}`);
      break;
    }
    const request = waiting.get(id)?.shift();
    if (request === undefined) throw new Error(`an answer nobody waits for: ${reply.toString('hex', 0, 64)}`);
    const wrong = complaint(request, reply);
    if (wrong !== undefined) throw new Error(`the answer to ${request.toString('hex')} ${wrong}`);
    answered += 1;
    const isOpen = request.readUInt32LE(4) === Opcode.OPEN && reply.length > OutHeader.size;
    if (isOpen) generator.handle = reply.readBigUInt64LE(OutHeader.size);
  }
  const silent = [...waiting.values()].find((requests) => requests.length > 0)?.[0];
  if (silent !== undefined) throw new Error(`no answer to ${silent.toString('hex')}`);
}

try {
  while (sent < frames) untilAnswered(batch());
  closeSync(ours);
  const { cachedReads, deferred } = await summary;
  console.log(JSON.stringify({ sent, answered, cachedReads, deferred }));
} catch (error) {
  // What ended the session tells more than that it ended.
  const cause = await Promise.race([
    summary.then(() => error).catch((reason: unknown) => reason),
    new Promise((resolve) => setTimeout(resolve, 1_000, error)),
  ]);
  console.error(`seed ${seed}, after ${sent} frames:`, cause);
  // The session reads until the other end is closed, and no thread that is within a call can be ended.
  closeSync(ours);
  process.exitCode = 1;
}
