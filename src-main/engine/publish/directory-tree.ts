/**
 * A local directory as a tree to publish. Names are read as bytes, so nothing is silently renamed; directories are streamed
 * and visited depth first, so memory holds one batch of entries and the directories still to visit. Invariant: no byte
 * from outside the directory is read, whatever its symbolic links say.
 */
import { isUtf8 } from 'node:buffer';
import { constants, type Dir, type Stats } from 'node:fs';
import { lstat, open, opendir, realpath, stat, type FileHandle } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { GhostError, messageOf } from '../errors.ts';
import { codeOf } from '../metadata/magnetar/catalogue-file.ts';
import { SkipError, type FileReading, type SkipReporter, type Tree, type TreeEntry } from './tree.ts';

/** `stat` calls in flight: enough to keep the thread pool busy, few enough to stay a small batch. */
const ENTRIES_PER_BATCH = 64;
/** Large enough that a read costs more than its call, small enough for several at once. Bytes. */
const READ_CHUNK_BYTES = 512 * 1024;

/** `exclude` are absolute paths that are never part of the tree, such as the catalogue being written. */
export async function openDirectoryTree(directory: string, exclude: readonly string[]): Promise<Tree> {
  const path = resolve(directory);
  const root = await readable(() => realpath(path)).catch((cause: unknown) => {
    throw new GhostError(
      'NOT_FOUND',
      `The directory ${path} cannot be published, because ${messageOf(cause)}.`,
      { cause },
    );
  });
  if (!(await stat(root)).isDirectory()) {
    throw new GhostError(
      'NOT_A_DIRECTORY',
      `${path} is not a directory; name the directory whose files to publish.`,
    );
  }
  return new DirectoryTree(root, new Set(exclude));
}

class DirectoryTree implements Tree {
  readonly source: string;
  readonly #root: string;
  readonly #exclude: ReadonlySet<string>;

  constructor(root: string, exclude: ReadonlySet<string>) {
    this.#root = root;
    this.#exclude = exclude;
    this.source = pathToFileURL(root).href;
  }

  async *entries(skip: SkipReporter, signal: AbortSignal): AsyncGenerator<TreeEntry> {
    const pending: (readonly string[])[] = [[]];
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
      const here = path;
      let listing: { readonly directory: Dir; readonly stats: Stats };
      try {
        listing = await readable(() => openListing(this.#absolute(here)));
      } catch (cause) {
        if (here.length > 0 && cause instanceof SkipError) {
          skip(here.join('/'), cause.message, cause.kind);
          continue;
        }
        throw new GhostError(
          'PERMISSION_DENIED',
          `The directory ${this.#root} cannot be listed, because ${messageOf(cause)}.`,
          {
            cause,
          },
        );
      }
      yield { path: here, isDirectory: true, size: undefined, mtime: seconds(listing.stats) };
      for await (const names of batches(listing.directory, here, skip)) {
        signal.throwIfAborted();
        const entries = await Promise.all(names.map((name) => this.#inspect([...here, name], skip)));
        for (const entry of entries) {
          if (entry?.isDirectory === true) pending.push(entry.path);
          else if (entry !== undefined) yield entry;
        }
      }
    }
  }

  async open(path: readonly string[]): Promise<FileReading> {
    const file = this.#absolute(path);
    const target = await readable(() => realpath(file));
    if (!this.#contains(target)) throw new SkipError(LEAVES_TREE, EXCLUDED);
    // Not blocking: a named pipe that took the file's place would hold up the opening until somebody writes to it.
    const handle = await readable(() => open(target, constants.O_RDONLY | constants.O_NONBLOCK));
    const before = await readable(() => regular(handle)).catch(async (error: unknown) => {
      await handle.close();
      throw error;
    });
    return {
      chunks: chunksOf(handle, before.size),
      settle: async (bytesRead) => {
        // By path, not by descriptor: a file replaced by a rename must not pass as unchanged.
        const after = await readable(() => stat(file));
        const same =
          after.ino === before.ino && after.size === before.size && after.mtimeMs === before.mtimeMs;
        return same && bytesRead === after.size ? { size: after.size, mtime: seconds(after) } : undefined;
      },
      close: () => handle.close(),
    };
  }

  async close(): Promise<void> {}

  /** The entry at `path`, or undefined when it is left out, which then has been reported. */
  async #inspect(path: readonly string[], skip: SkipReporter): Promise<TreeEntry | undefined> {
    const absolute = this.#absolute(path);
    try {
      if (this.#exclude.has(absolute))
        throw new SkipError('it belongs to the catalogue that is being written', EXCLUDED);
      const own = await readable(() => lstat(absolute));
      const stats = own.isSymbolicLink() ? await this.#followed(absolute) : own;
      if (!stats.isFile() && !stats.isDirectory())
        throw new SkipError(`it is a ${specialKind(stats)}, not a file`, EXCLUDED);
      return { path, isDirectory: stats.isDirectory(), size: stats.size, mtime: seconds(stats) };
    } catch (error) {
      if (!(error instanceof SkipError)) throw error;
      skip(path.join('/'), error.message, error.kind);
      return undefined;
    }
  }

  async #followed(link: string): Promise<Stats> {
    const target = await readable(() => realpath(link)).catch((error: unknown) => {
      throw new SkipError(`it is a symbolic link that leads nowhere (${messageOf(error)})`, EXCLUDED);
    });
    if (!this.#contains(target)) throw new SkipError(LEAVES_TREE, EXCLUDED);
    const stats = await readable(() => stat(target));
    if (stats.isDirectory()) throw new SkipError('it is a symbolic link to a directory', EXCLUDED);
    return stats;
  }

  #absolute(path: readonly string[]): string {
    return path.length === 0 ? this.#root : this.#below(path.join(sep));
  }

  #below(relative: string): string {
    return this.#root.endsWith(sep) ? this.#root + relative : this.#root + sep + relative;
  }

  #contains(target: string): boolean {
    return target === this.#root || target.startsWith(this.#below(''));
  }
}

const EXCLUDED = { kind: 'excluded' } as const;
const LEAVES_TREE = 'it is a symbolic link that leaves the tree';

async function openListing(path: string): Promise<{ readonly directory: Dir; readonly stats: Stats }> {
  const stats = await stat(path);
  // Node takes 'buffer' here as `readdir` does; only its type does not say so.
  const encoding = 'buffer' as BufferEncoding;
  return { stats, directory: await opendir(path, { encoding, bufferSize: ENTRIES_PER_BATCH }) };
}

async function* batches(
  directory: Dir,
  path: readonly string[],
  skip: SkipReporter,
): AsyncGenerator<readonly string[]> {
  let batch: string[] = [];
  try {
    for await (const entry of directory) {
      const name: unknown = entry.name;
      const bytes = Buffer.isBuffer(name) ? name : Buffer.from(String(name));
      if (!isUtf8(bytes))
        skip([...path, bytes.toString()].join('/'), 'its name is not valid UTF-8', 'failed');
      else batch.push(bytes.toString());
      if (batch.length < ENTRIES_PER_BATCH) continue;
      yield batch;
      batch = [];
    }
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    skip(path.join('/'), `only a part of it could be listed (${messageOf(error)})`, 'failed');
  }
  yield batch;
}

async function regular(handle: FileHandle): Promise<Stats> {
  const stats = await handle.stat();
  if (!stats.isFile()) throw new SkipError('it is no longer a file');
  return stats;
}

/** At most `size` bytes: a file that grows faster than it is read must not be followed for ever. */
async function* chunksOf(handle: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(READ_CHUNK_BYTES);
  for (let left = size; left > 0;) {
    const length = Math.min(left, buffer.length);
    const { bytesRead } = await readable(() => handle.read(buffer, 0, length, null));
    if (bytesRead === 0) return;
    left -= bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Runs a system call; a failure of it leaves as the reason for leaving the file out. */
async function readable<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof SkipError) throw cause;
    const code = codeOf(cause);
    if (code === undefined || code === 'EMFILE' || code === 'ENFILE') throw cause;
    throw new SkipError(REASONS[code] ?? `it cannot be read (${messageOf(cause)})`, { cause });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
  ENOENT: 'it does not exist',
  ELOOP: 'its symbolic links go round in a circle',
  ENAMETOOLONG: 'its path is longer than the system allows',
};

function specialKind(stats: Stats): string {
  if (stats.isSocket()) return 'socket';
  if (stats.isFIFO()) return 'named pipe';
  return 'device';
}

/** Catalogues count whole seconds; the fraction is dropped as by other tools, which keeps comparisons with `stat` exact. */
function seconds(stats: Stats): number {
  return Math.floor(stats.mtimeMs / 1000);
}
