/** What a probe can do on a mount: plain system calls, results that survive JSON, failures as thrown system errors. */
import { hash } from 'node:crypto';
import fs from 'node:fs';
import * as libc from './driver-libc.ts';

/** Node's own calls that a probe may make by name, none of which returns anything worth telling. */
const PLAIN_CALLS = {
  mkdir: fs.mkdirSync,
  rmdir: fs.rmdirSync,
  unlink: fs.unlinkSync,
  rename: fs.renameSync,
  link: fs.linkSync,
  symlink: fs.symlinkSync,
  chmod: fs.chmodSync,
  chown: fs.chownSync,
  utimes: fs.utimesSync,
  truncate: fs.truncateSync,
  access: fs.accessSync,
  setxattr: libc.setxattr,
  removexattr: libc.removexattr,
  mknod: libc.mknod,
} as const;

function withFile<T>(path: string, flags: number, use: (fd: number) => T): T {
  const fd = fs.openSync(path, flags);
  try {
    return use(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** A program that reads until it has what it asked for, or the file ends. */
function readFully(fd: number, length: number, offset: number): Buffer {
  const target = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const count = fs.readSync(fd, target, filled, length - filled, offset + filled);
    if (count === 0) break;
    filled += count;
  }
  return target.subarray(0, filled);
}

/** Waits for a file outside the mount to appear: how a test tells a probe that is already running to go on. */
function waitFor(gate: string): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  while (!fs.existsSync(gate)) Atomics.wait(pause, 0, 0, 2);
}

export const operations = {
  plain(name: keyof typeof PLAIN_CALLS, ...args: readonly unknown[]): void {
    (PLAIN_CALLS[name] as (...values: readonly unknown[]) => unknown)(...args);
  },

  /** `name` in hexadecimal digits, for bytes that are no text. */
  existsBytes(directory: string, name: string): boolean {
    return fs.existsSync(Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(name, 'hex')]));
  },

  stat(path: string) {
    const { mode, uid, gid, size, blocks, mtimeMs, nlink, ino } = fs.lstatSync(path);
    return { mode, uid, gid, size, blocks, mtimeMs, nlink, ino };
  },

  statfs(path: string) {
    const { bsize, blocks, bfree, bavail, files, ffree } = fs.statfsSync(path);
    return { bsize, blocks, bfree, bavail, files, ffree };
  },

  /** Sorted names, a directory's ended by a slash. */
  list(path: string): readonly string[] {
    return fs
      .readdirSync(path, { withFileTypes: true })
      .map((entry) =>
        entry.isDirectory() ? `${entry.name}/` : entry.isFile() ? entry.name : `${entry.name}?`,
      )
      .toSorted();
  },

  /** Every path below a directory, relative, a directory's ended by a slash. */
  listAll(path: string): readonly string[] {
    return fs
      .readdirSync(path, { withFileTypes: true, recursive: true })
      .map((entry) => {
        const full = `${entry.parentPath}/${entry.name}`.slice(path.length + 1);
        return entry.isDirectory() ? `${full}/` : full;
      })
      .toSorted();
  },

  /** Names in the order of the stream, and again after a seek to each of `positions`: how many entries follow it. */
  stream(path: string, positions: readonly number[]) {
    const stream = new libc.EntryStream(path);
    const entries: libc.StreamEntry[] = [];
    for (let entry = stream.next(); entry !== undefined; entry = stream.next()) entries.push(entry);
    const mismatches: string[] = [];
    for (const index of positions) {
      const wanted = entries[index];
      if (wanted === undefined) throw new Error(`the stream has no entry ${String(index)}`);
      stream.seek(wanted.position);
      const found = [stream.next()?.name, stream.next()?.name];
      if (found[0] !== wanted.name || found[1] !== entries[index + 1]?.name) {
        mismatches.push(`${String(index)}: ${wanted.name} became ${String(found[0])}, ${String(found[1])}`);
      }
    }
    stream.close();
    return { names: entries.map(({ name }) => name), mismatches };
  },

  /** Opens and closes. */
  open(path: string, flags: number): void {
    withFile(path, flags, () => undefined);
  },

  /** Bytes and SHA-256 of a range as a program reads it. */
  read(path: string, offset: number, length: number) {
    return withFile(path, fs.constants.O_RDONLY, (fd) => {
      const bytes = readFully(fd, length, offset);
      return { length: bytes.length, sha256: hash('sha256', bytes) };
    });
  },

  /** One byte at each offset, as hexadecimal digits. */
  bytesAt(path: string, offsets: readonly number[]): string {
    return withFile(path, fs.constants.O_RDONLY, (fd) =>
      offsets.map((offset) => readFully(fd, 1, offset).toString('hex')).join(''),
    );
  },

  /**
   * Reads a range again and again, each time from the driver, until the gate appears: the first read's SHA-256, and which
   * others or error codes came after it.
   */
  readUntil(path: string, length: number, opened: string, gate: string) {
    return withFile(path, fs.constants.O_RDONLY, (fd) => {
      const first = hash('sha256', readFully(fd, length, 0));
      fs.writeFileSync(opened, '');
      const others = new Set<string>();
      while (!fs.existsSync(gate)) {
        libc.forgetPages(fd);
        try {
          others.add(hash('sha256', readFully(fd, length, 0)));
        } catch (error) {
          others.add((error as NodeJS.ErrnoException).code ?? String(error));
        }
      }
      return { first, others: [...others] };
    });
  },

  /** Opens with further flags, says so by a file outside the mount, then reads; the bytes read. */
  readMarked(path: string, flags: number, length: number, opened: string): number {
    return withFile(path, fs.constants.O_RDONLY | flags, (fd) => {
      fs.writeFileSync(opened, '');
      return readFully(fd, length, 0).length;
    });
  },

  mapped(path: string, length: number): string {
    return hash('sha256', libc.mapped(path, length));
  },

  lseek: libc.lseek,
  getxattr: libc.getxattr,
  listxattr: libc.listxattr,

  /** Opens a file, waits for the gate, only then reads from it. */
  openThenRead(path: string, length: number, opened: string, gate: string) {
    return withFile(path, fs.constants.O_RDONLY, (fd) => {
      fs.writeFileSync(opened, '');
      waitFor(gate);
      return hash('sha256', readFully(fd, length, 0));
    });
  },

  /** Reads a range, waits for the gate, makes the kernel forget it, reads it again. */
  readTwice(path: string, length: number, opened: string, gate: string) {
    return withFile(path, fs.constants.O_RDONLY, (fd) => {
      const first = hash('sha256', readFully(fd, length, 0));
      fs.writeFileSync(opened, '');
      waitFor(gate);
      libc.forgetPages(fd);
      return { first, second: hash('sha256', readFully(fd, length, 0)) };
    });
  },
} as const;

export type ProbeOperations = typeof operations;
