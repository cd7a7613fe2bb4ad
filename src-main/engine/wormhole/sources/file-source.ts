/**
 * `file:` and plain paths: a tree of this machine, or of whatever is mounted on it. Invariant: nothing outside the root is
 * ever read, and bytes are served only from a file with the catalogue's size and mtime.
 */
import { constants, type BigIntStats } from 'node:fs';
import { access, open, realpath, type FileHandle } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isOutOfDescriptors, keptOpen, NO_DESCRIPTOR } from '../../descriptors.ts';
import { GhostError, messageOf } from '../../errors.ts';
import type { RangeRequest, Source } from '../source.ts';
import { DescriptorPool } from './descriptor-pool.ts';
import { checkedPath } from './object-path.ts';
import type { SourceSettings } from './source-options.ts';
import { invalidSource, schemeOf } from './source-uri.ts';
import { RangeTransfers, type RangeTransfer } from './range-transfer.ts';
import { abortable } from './waiting.ts';

/** Large enough that the system call costs nothing beside the copy, small enough to notice an abort in between. */
const CHUNK_BYTES = 1 << 20;
/** Far below the usual 1024 descriptors of a process, above the files a person has in use at once. */
const IDLE_DESCRIPTORS = 64;
/** Longer than the pauses between the reads of one program; a removed disk is let go of soon after. */
const DESCRIPTOR_IDLE_MS = 10_000;
/** O_NONBLOCK: opening a FIFO must not wait for a writer. O_NOFOLLOW: the path was resolved a moment ago. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const NS_PER_SECOND = 1_000_000_000n;

const GONE = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG']);
const FORBIDDEN = new Set(['EACCES', 'EPERM']);

export class FileSource implements Source {
  readonly label: string;
  readonly #root: string;
  readonly #transfers: RangeTransfers;
  readonly #descriptors: DescriptorPool<FileHandle>;

  constructor(uri: string, settings: SourceSettings) {
    this.#root = rootOf(uri);
    this.label = this.#root;
    this.#transfers = new RangeTransfers(this.label);
    this.#descriptors = new DescriptorPool({
      clock: settings.clock,
      limit: keptOpen(IDLE_DESCRIPTORS),
      idleMs: DESCRIPTOR_IDLE_MS,
    });
  }

  fetch(request: RangeRequest): Promise<void> {
    return this.#transfers.run(request, (transfer) => {
      const moving = this.#descriptors.use(
        transfer.object.path.join('/'),
        () => this.#open(transfer),
        (file) => moveRange(file, transfer),
      );
      // A system call on a dead network disk may never return; its reader must.
      return abortable(moving, transfer.signal);
    });
  }

  async probe(signal: AbortSignal): Promise<void> {
    try {
      await abortable(access(this.#root), signal);
    } catch (error) {
      throw new GhostError(
        'SOURCE_UNREACHABLE',
        `The source ${this.#root} is not there: ${messageOf(error)}.`,
        {
          source: this.label,
          cause: error,
        },
      );
    }
  }

  async close(): Promise<void> {
    await this.#transfers.close();
    await this.#descriptors.close();
  }

  async #open(transfer: RangeTransfer): Promise<FileHandle> {
    const path = join(this.#root, ...checkedPath(transfer));
    const root = await realpath(this.#root).catch((error: unknown) => {
      if (isOutOfDescriptors(error)) throw systemFailure(transfer, error);
      throw transfer.failure(
        'SOURCE_UNREACHABLE',
        `the source directory is not there (${messageOf(error)})`,
        {
          cause: error,
        },
      );
    });
    try {
      const target = await realpath(path);
      if (target !== root && !target.startsWith(root.endsWith(sep) ? root : root + sep)) {
        throw transfer.failure('SOURCE_REFUSED', 'a symbolic link leads out of the source directory');
      }
      return await open(target, OPEN_FLAGS);
    } catch (error) {
      throw systemFailure(transfer, error);
    }
  }
}

async function moveRange(file: FileHandle, transfer: RangeTransfer): Promise<void> {
  try {
    checkUnchanged(transfer, await file.stat({ bigint: true }));
    while (transfer.received < transfer.length) {
      const position = transfer.offset + transfer.received;
      const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, transfer.length - transfer.received));
      const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
      if (bytesRead === 0) {
        throw transfer.failure('OBJECT_CHANGED', `the file now ends at byte ${position}; publish it again`);
      }
      transfer.deliver(chunk.subarray(0, bytesRead));
    }
    // Once more: a file rewritten while it was read gave a mixture.
    checkUnchanged(transfer, await file.stat({ bigint: true }));
  } catch (error) {
    throw systemFailure(transfer, error);
  }
}

function checkUnchanged(transfer: RangeTransfer, stats: BigIntStats): void {
  const { size, mtime } = transfer.object;
  if (!stats.isFile()) {
    throw transfer.failure('SOURCE_REFUSED', 'it is not a regular file');
  }
  if (stats.size !== BigInt(size)) {
    throw transfer.failure(
      'OBJECT_CHANGED',
      `the file has ${stats.size} bytes, the catalogue says ${size}; publish it again`,
    );
  }
  // 0 stands for a time the catalogue could not tell.
  if (mtime !== 0 && floorSeconds(stats.mtimeNs) !== BigInt(mtime)) {
    throw transfer.failure(
      'OBJECT_CHANGED',
      'the file was modified since it was published; publish it again',
    );
  }
}

/** BigInt division rounds towards zero; times before 1970 need the floor. */
function floorSeconds(ns: bigint): bigint {
  const seconds = ns / NS_PER_SECOND;
  return seconds * NS_PER_SECOND > ns ? seconds - 1n : seconds;
}

/** Words an error of the system; our own pass as they are. */
function systemFailure(transfer: RangeTransfer, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return error;
  if (isOutOfDescriptors(error))
    return transfer.failure('OUT_OF_DESCRIPTORS', NO_DESCRIPTOR, { cause: error });
  const code = String(error.code);
  if (GONE.has(code)) {
    return transfer.failure('SOURCE_REFUSED', `the source is stale: the file is gone (${code})`, {
      cause: error,
    });
  }
  if (FORBIDDEN.has(code)) {
    return transfer.failure('SOURCE_REFUSED', `no permission to read the file (${code})`, { cause: error });
  }
  return transfer.failure('SOURCE_UNREACHABLE', `the system says ${error.message}`, { cause: error });
}

function rootOf(uri: string): string {
  if (uri === '') throw invalidSource(uri, 'is empty; name a directory or a URI.');
  if (uri.includes('\0')) throw invalidSource(uri, 'contains a NUL character.');
  if (schemeOf(uri) !== 'file') return resolve(uri);
  const url = URL.parse(uri);
  if (url === null || !/^file:\//i.test(uri)) {
    throw invalidSource(uri, 'is not a file URL; write file:///absolute/path.');
  }
  if (url.search !== '' || url.hash !== '') {
    throw invalidSource(uri, "has a '?' or '#' in its path; write them as %3F and %23.");
  }
  try {
    return resolve(fileURLToPath(url));
  } catch (error) {
    throw invalidSource(uri, `names no local path: ${messageOf(error)}.`);
  }
}
