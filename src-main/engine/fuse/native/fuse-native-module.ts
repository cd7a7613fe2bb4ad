/**
 * The part of fuse-native 2.2.6 that this driver uses, typed, and its loading. The package is optional and has no types of
 * its own; nothing else imports it.
 */
import { GhostError, messageOf } from '../../errors.ts';

const PACKAGE = 'fuse-native';

/** A result in fuse-native's way: 0 or a count, or a negated errno. */
export type Answer<Value extends readonly unknown[] = []> = (
  result: number,
  ...value: Partial<Value>
) => void;

/** Numbers are cut to 32 bits by the package except size, blocks and the times. */
export interface NativeStat {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly blocks: number;
  readonly blksize: number;
  readonly nlink: number;
  readonly ino: number;
  /** Milliseconds. */
  readonly atime: number;
  readonly mtime: number;
  readonly ctime: number;
}

/** All numbers are cut to 32 bits by the package. */
export interface NativeStatfs {
  readonly bsize: number;
  readonly frsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
  readonly favail: number;
  readonly namemax: number;
}

interface ReadOperations {
  access(path: string, mask: number, answer: Answer): void;
  statfs(path: string, answer: Answer<[NativeStatfs]>): void;
  getattr(path: string, answer: Answer<[NativeStat]>): void;
  /** Its presence is all that counts: the package calls `getattr` for it. */
  fgetattr(path: string, fd: number, answer: Answer<[NativeStat]>): void;
  readdir(path: string, answer: Answer<[readonly string[], readonly NativeStat[]]>): void;
  open(path: string, flags: number, answer: Answer<[number]>): void;
  opendir(path: string, flags: number, answer: Answer<[number]>): void;
  read(path: string, fd: number, target: Buffer, length: number, offset: number, answer: Answer): void;
  release(path: string, fd: number, answer: Answer): void;
  releasedir(path: string, fd: number, answer: Answer): void;
  flush(path: string, fd: number, answer: Answer): void;
  getxattr(path: string, name: string, position: number, answer: Answer<[Buffer]>): void;
  listxattr(path: string, answer: Answer<[readonly string[]]>): void;
}

export const WRITE_OPERATIONS = [
  'truncate', 'ftruncate', 'utimens', 'chown', 'chmod', 'mknod', 'setxattr', 'removexattr', 'write', 'create', 'unlink',
  'rename', 'link', 'symlink', 'mkdir', 'rmdir',
] as const; // prettier-ignore

export type WriteOperation = (typeof WRITE_OPERATIONS)[number];
export type Operations = ReadOperations & Readonly<Record<WriteOperation, (...args: unknown[]) => void>>;

interface NativeOptions {
  readonly allowOther: boolean;
  readonly defaultPermissions: boolean;
  readonly autoCache: boolean;
  readonly fsname: string;
  readonly subtype: string;
  /** Milliseconds until the package itself answers ETIMEDOUT; false: never. */
  readonly timeout: false;
}

/** Answers an attribute request; `buffer` is the memory of `target`, which is gone afterwards. */
export type AttributeSignal = (result: number, buffer: ArrayBufferLike) => void;

export interface NativeMount {
  mount(answer: (error: Error | null | undefined) => void): void;
  /** Gives back what keeps the event loop alive, by way of `FuseNative.unmount`. */
  unmount(answer: (error: Error | null | undefined) => void): void;
}

/** The package's own handlers of attributes, by their names there. */
export interface AttributeHandlers {
  _op_getxattr(this: void, signal: AttributeSignal, path: string, name: string, target: Buffer): void;
  _op_listxattr(this: void, signal: AttributeSignal, path: string, target: Buffer): void;
}

export interface FuseNative {
  new (mountPoint: string, operations: Operations, options: NativeOptions): NativeMount;
  unmount: (mountPoint: string, answer: (error: Error | null) => void) => void;
}

/** Loads the package. Throws MOUNT_FAILED with the remedy where it is missing or cannot work. */
export async function loadFuseNative(): Promise<FuseNative> {
  try {
    const loaded = (await import(PACKAGE)) as { readonly default: FuseNative };
    return loaded.default;
  } catch (cause) {
    throw new GhostError('MOUNT_FAILED', loadObstacle(cause), { cause });
  }
}

/** Why the package did not load, as a sentence with the remedy. */
export function loadObstacle(error: unknown): string {
  const message = messageOf(error);
  if (message.includes('libfuse.so.2')) {
    return 'The fuse-native driver needs libfuse.so.2. As root, type: apt-get install libfuse2 (newer systems call it libfuse2t64)';
  }
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ERR_MODULE_NOT_FOUND') {
    return `The fuse-native driver needs the optional package ${PACKAGE}, which is not installed. Type: npm install --include=optional`;
  }
  return `The optional package ${PACKAGE} cannot be loaded: ${message.split('\n')[0]}. Use --driver linux-kernel, or type: npm rebuild ${PACKAGE}`;
}
