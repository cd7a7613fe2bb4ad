/**
 * The filesystem behind fuse-native's path callbacks, in the engine's main thread. Invariant: every callback is answered
 * exactly once, also after `end`; fuse-native's threads cannot leave before.
 */
import { constants } from 'node:fs';
import type { Clock } from '../../clock.ts';
import type { ObservingBlockReader, ReadRequest } from '../../entangler/block-reader.ts';
import { Errno, errnoOf, GhostError, messageOf } from '../../errors.ts';
import {
  attributeList,
  extendedAttribute,
  type BlockAttributeReader,
} from '../../filesystem/extended-attributes.ts';
import type { GhostFilesystem } from '../../filesystem/ghost-filesystem.ts';
import type { ReadTable } from '../../filesystem/read-table.ts';
import type { Artifact } from '../../metadata/metadata-oracle.ts';
import { withCatalogueRetry } from '../../metadata/retry.ts';
import type { Logger } from '../../log.ts';
import { Descriptors } from './descriptors.ts';
import {
  WRITE_OPERATIONS,
  type Answer,
  type AttributeHandlers,
  type AttributeSignal,
  type NativeStat,
  type Operations,
  type WriteOperation,
} from './fuse-native-module.ts';
import { nativeStat, nativeStatfs } from './native-values.ts';
import { PathResolver } from './path-resolver.ts';

/** fuse-native does not say who reads. */
const UNKNOWN_THREAD = 0;

export interface NativeContext {
  readonly filesystem: GhostFilesystem;
  readonly blocks: ObservingBlockReader;
  readonly attributes: BlockAttributeReader;
  readonly reads: ReadTable;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class NativeOperations {
  readonly #filesystem: GhostFilesystem;
  readonly #blocks: ObservingBlockReader;
  readonly #attributes: BlockAttributeReader;
  readonly #reads: ReadTable;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #paths: PathResolver;
  readonly #descriptors = new Descriptors();
  // libfuse 2 tells a path filesystem nothing of interrupts, so the unmount is the only thing that ends a wait.
  readonly #ending = new AbortController();

  constructor({ filesystem, blocks, attributes, reads, clock, logger }: NativeContext) {
    this.#filesystem = filesystem;
    this.#blocks = blocks;
    this.#attributes = attributes;
    this.#reads = reads;
    this.#clock = clock;
    this.#logger = logger;
    this.#paths = new PathResolver(filesystem, clock);
  }

  /** Ends every wait with ENOTCONN, now and for requests still to come. */
  end(): void {
    this.#ending.abort();
  }

  /** The callbacks fuse-native is given. */
  table(): Operations {
    const getattr = (path: string, answer: Answer<[NativeStat]>): void =>
      this.#answer('getattr', path, answer, () => this.#stat(this.#paths.resolve(path)));
    return {
      ...refusals(),
      getattr,
      fgetattr: (path, _fd, answer) => getattr(path, answer),
      access: (path, mask, answer) =>
        this.#answer('access', path, answer, () => this.#checkAccess(path, mask)),
      statfs: (path, answer) =>
        this.#answer('statfs', path, answer, () => nativeStatfs(this.#filesystem.statfs())),
      readdir: (path, answer) => this.#readdir(path, answer),
      open: (path, flags, answer) =>
        this.#answer('open', path, answer, () =>
          this.#descriptors.add(this.#filesystem.open(this.#paths.resolve(path), flags)),
        ),
      opendir: (path, _flags, answer) =>
        this.#answer(
          'opendir',
          path,
          (result) => answer(result),
          () => this.#directory(path),
        ),
      read: (path, fd, target, length, offset, answer) =>
        void this.#settle(
          () => `read of ${length} bytes at ${offset} of ${path}`,
          this.#read(fd, target.subarray(0, length), offset),
          answer,
          answer,
        ),
      release: (path, fd, answer) =>
        this.#answer('release', path, answer, () => this.#filesystem.release(this.#descriptors.remove(fd))),
      releasedir: (_path, _fd, answer) => answer(0),
      flush: (_path, _fd, answer) => answer(0),
      // Never reached, see `attributeHandlers`; the package registers these operations by their presence here.
      getxattr: (_path, _name, _position, answer) => answer(-Errno.ENODATA),
      listxattr: (_path, answer) => answer(-Errno.ENODATA),
    };
  }

  /** For the place of two handlers of the package that let a caller with a small buffer read past its end. */
  attributeHandlers(): AttributeHandlers {
    return {
      _op_getxattr: (signal, path, name, target) =>
        this.#attribute(`getxattr ${name}`, path, target, signal, () => {
          const found = extendedAttribute(name, () => this.#paths.resolve(path));
          return Buffer.isBuffer(found) ? found : this.#attributes.read(found.name, found.artifact);
        }),
      _op_listxattr: (signal, path, target) =>
        this.#attribute('listxattr', path, target, signal, () => attributeList(this.#paths.resolve(path))),
    };
  }

  #attribute(
    what: string,
    path: string,
    target: Buffer,
    signal: AttributeSignal,
    value: () => Buffer | Promise<Buffer>,
  ): void {
    const copy = async (): Promise<number> => {
      const bytes = await value();
      // An empty target asks for the size.
      if (target.length > 0 && target.length < bytes.length) {
        throw new GhostError('BUFFER_TOO_SMALL', `The attribute has ${bytes.length} bytes.`);
      }
      bytes.copy(target);
      return bytes.length;
    };
    const reply = (result: number): void => signal(result, target.buffer);
    void this.#settle(() => `${what} of ${path}`, this.#attempt(copy), reply, reply);
  }

  #stat(artifact: Artifact): NativeStat {
    return nativeStat(this.#filesystem.attributes(artifact), artifact.ordinal);
  }

  #directory(path: string): Artifact {
    const artifact = this.#paths.resolve(path);
    if (!artifact.isDirectory) throw new GhostError('NOT_A_DIRECTORY', 'Not a directory.');
    return artifact;
  }

  #checkAccess(path: string, mask: number): void {
    this.#paths.resolve(path);
    if ((mask & constants.W_OK) !== 0) throw new GhostError('READ_ONLY', 'The mount is read-only.');
  }

  /** The whole directory at once: libfuse 2 keeps it while the directory is open and serves every position from that. */
  #readdir(path: string, answer: Answer<[readonly string[], readonly NativeStat[]]>): void {
    const list = (): [string[], NativeStat[]] => {
      const directory = this.#directory(path);
      const self = this.#stat(directory);
      const names = ['.', '..'];
      const stats = [self, self];
      this.#filesystem.readdir(directory.id, 0, (child) => {
        names.push(child.name.toString());
        stats.push(this.#stat(child));
        return true;
      });
      return [names, stats];
    };
    void this.#settle(
      () => `readdir of ${path}`,
      this.#attempt(list),
      ([names, stats]) => answer(0, names, stats),
      answer,
    );
  }

  /** Fills `target`; less than all of it only at the end of the file. Resolves with the bytes. */
  async #read(fd: number, target: Buffer, offset: number): Promise<number> {
    const open = this.#filesystem.openFile(this.#descriptors.get(fd), () => {
      throw new GhostError('INTERNAL', `The descriptor ${fd} has no file.`);
    });
    const length = this.#filesystem.readLength(open, offset, target.length);
    if (length === 0) return 0;
    const blocks = this.#filesystem.advance(open, offset, length);
    if (this.#filesystem.readCached(open, offset, length, target, 0)) {
      const { lastBlock } = open;
      for (let block = lastBlock - blocks + 1; block <= lastBlock; block++)
        this.#blocks.advanced(open.file, block);
      this.#reads.hit(UNKNOWN_THREAD, open.ordinal, length);
      return length;
    }
    const { signal } = this.#ending;
    const slices = await this.#fetch({ file: open.file, offset, length, priority: 'user', signal });
    this.#reads.miss(UNKNOWN_THREAD, open.ordinal, length);
    let filled = 0;
    for (const slice of slices) {
      target.set(slice, filled);
      filled += slice.length;
    }
    // A short reply before the end of the file would reach the program as a truncated file.
    if (filled !== length) throw new GhostError('INTERNAL', `A read of ${length} bytes got ${filled}.`);
    return length;
  }

  async #fetch(request: ReadRequest): Promise<readonly Uint8Array[]> {
    try {
      return await this.#blocks.read(request);
    } catch (error) {
      if (!request.signal.aborted) this.#reads.miss(UNKNOWN_THREAD, 0, 0);
      throw error;
    }
  }

  #answer<T>(what: string, path: string, answer: Answer<[T]>, operation: () => T): void {
    void this.#settle(
      () => `${what} of ${path}`,
      this.#attempt(operation),
      (value) => answer(0, value),
      answer,
    );
  }

  #attempt<T>(operation: () => T | Promise<T>): Promise<T> {
    return withCatalogueRetry(this.#clock, operation, this.#ending.signal);
  }

  async #settle<T>(
    what: () => string,
    work: Promise<T>,
    succeed: (value: T) => void,
    fail: (negatedErrno: number) => void,
  ): Promise<void> {
    let value: T;
    try {
      value = await work;
    } catch (error) {
      fail(-this.#errnoOf(what, error));
      return;
    }
    succeed(value);
  }

  /** The errno of a failure, which is logged unless it belongs to daily use: a missing name, a refused write. */
  #errnoOf(what: () => string, error: unknown): number {
    if (error instanceof GhostError) {
      if (error.code === 'INTERRUPTED' && this.#ending.signal.aborted) return Errno.ENOTCONN;
      if (error.errno !== Errno.EIO && error.code !== 'TIMEOUT') return error.errno;
    }
    this.#logger.error(`${what()} failed: ${messageOf(error)}`, error);
    return errnoOf(error);
  }
}

/** Whatever would write, refused alike. The callback is always the last argument. */
function refusals(): Record<WriteOperation, (...args: unknown[]) => void> {
  const refuse = (...args: unknown[]): void => (args.at(-1) as Answer)(-Errno.EROFS);
  return Object.fromEntries(WRITE_OPERATIONS.map((name) => [name, refuse])) as Record<
    WriteOperation,
    typeof refuse
  >;
}
