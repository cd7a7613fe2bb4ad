/** The system calls a conformance test makes that Node does not have, through koffi. Failures throw like Node's own. */
import { closeSync, openSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import koffi from 'koffi';

const libc = koffi.load(null);
const DirectoryStream = koffi.opaque('DIR');
const dirent = koffi.struct('dirent', {
  d_ino: 'uint64_t',
  d_off: 'int64_t',
  d_reclen: 'uint16_t',
  d_type: 'uint8_t',
  d_name: koffi.array('char', 256, 'String'),
});
const stream = koffi.pointer(DirectoryStream);

const calls = {
  lseek: libc.func('int64_t lseek(int fd, int64_t offset, int whence)'),
  getxattr: libc.func('intptr_t getxattr(const char *path, const char *name, void *value, size_t size)'),
  listxattr: libc.func('intptr_t listxattr(const char *path, void *list, size_t size)'),
  setxattr: libc.func(
    'int setxattr(const char *path, const char *name, const void *value, size_t size, int flags)',
  ),
  removexattr: libc.func('int removexattr(const char *path, const char *name)'),
  mknod: libc.func('int mknod(const char *path, uint32_t mode, uint64_t device)'),
  mmap: libc.func(
    'void *mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset)',
  ),
  munmap: libc.func('int munmap(void *address, size_t length)'),
  posixFadvise: libc.func('int posix_fadvise(int fd, int64_t offset, int64_t length, int advice)'),
  opendir: libc.func('opendir', stream, ['str']),
  readdir: libc.func('readdir', koffi.pointer(dirent), [stream]),
  telldir: libc.func('telldir', 'int64_t', [stream]),
  seekdir: libc.func('seekdir', 'void', [stream, 'int64_t']),
  closedir: libc.func('closedir', 'int', [stream]),
};

const PROT_READ = 1;
const MAP_SHARED = 1;
const POSIX_FADV_DONTNEED = 4;

function failure(call: string): Error {
  const code = getSystemErrorName(-koffi.errno());
  return Object.assign(new Error(`${call}: ${code}`), { code });
}

/** The result of a call that returns -1 when it fails. */
function checked(call: string, result: number): number {
  if (result < 0) throw failure(call);
  return result;
}

function withFile<T>(path: string, use: (fd: number) => T): T {
  const fd = openSync(path, 'r');
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

export function lseek(path: string, offset: number, whence: number): number {
  return withFile(path, (fd) => checked('lseek', Number(calls.lseek(fd, offset, whence))));
}

/** The value with a buffer of `size` bytes; with 0 only its length, as a string of that many NULs. */
export function getxattr(path: string, name: string, size: number): string {
  const value = Buffer.alloc(size);
  const length = checked('getxattr', Number(calls.getxattr(path, name, size === 0 ? null : value, size)));
  return size === 0 ? '\0'.repeat(length) : value.toString('utf8', 0, length);
}

/** The names with a buffer of `size` bytes, as getxattr. */
export function listxattr(path: string, size: number): string {
  const list = Buffer.alloc(size);
  const length = checked('listxattr', Number(calls.listxattr(path, size === 0 ? null : list, size)));
  return size === 0 ? '\0'.repeat(length) : list.toString('utf8', 0, length);
}

export function setxattr(path: string, name: string, value: string): void {
  checked('setxattr', Number(calls.setxattr(path, name, Buffer.from(value), Buffer.byteLength(value), 0)));
}

export function removexattr(path: string, name: string): void {
  checked('removexattr', Number(calls.removexattr(path, name)));
}

export function mknod(path: string, mode: number): void {
  checked('mknod', Number(calls.mknod(path, mode, 0)));
}

/** Bytes of a file through a shared mapping of all of it. */
export function mapped(path: string, length: number): Buffer {
  return withFile(path, (fd) => {
    const address: unknown = calls.mmap(null, length, PROT_READ, MAP_SHARED, fd, 0);
    if (koffi.address(address) === 2n ** 64n - 1n) throw failure('mmap');
    const bytes = Buffer.from(Buffer.from(koffi.view(address, length)));
    calls.munmap(address, length);
    return bytes;
  });
}

/** Lets the kernel forget the pages it has of an open file, so that the next read asks the driver. */
export function forgetPages(fd: number): void {
  if (calls.posixFadvise(fd, 0, 0, POSIX_FADV_DONTNEED) !== 0) throw failure('posix_fadvise');
}

export interface StreamEntry {
  readonly name: string;
  /** Where the stream stood before this entry, for `seekdir`. */
  readonly position: number;
}

/** An open directory, entry by entry. */
export class EntryStream {
  readonly #stream: unknown;

  constructor(path: string) {
    this.#stream = calls.opendir(path);
    if (this.#stream === null) throw failure('opendir');
  }

  /** The next entry, "." and ".." included, or undefined at the end. */
  next(): StreamEntry | undefined {
    const position = Number(calls.telldir(this.#stream));
    const entry: unknown = calls.readdir(this.#stream);
    if (entry === null) return undefined;
    const { d_name: name } = koffi.decode(entry, dirent) as { readonly d_name: string };
    return { name, position };
  }

  seek(position: number): void {
    calls.seekdir(this.#stream, position);
  }

  close(): void {
    calls.closedir(this.#stream);
  }
}
