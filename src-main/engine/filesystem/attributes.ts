/** What `stat` shows of an artifact: pure, from the catalogue's row and the mount's owner. */
import type { Artifact } from '../metadata/metadata-oracle.ts';
import type { MountSettings } from './mount-settings.ts';

export interface Attributes {
  /** Bytes. */
  readonly size: number;
  /** Units of 512 bytes: never 0 for a file that has data, or copiers take it for a hole. */
  readonly blocks: number;
  /** Unix seconds; serves as atime and ctime too, the catalogue knows no other time. */
  readonly mtime: number;
  /** File type and permission bits. */
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
}

const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
/** What an empty directory occupies on ext4; programs only expect it not to be 0. */
const DIRECTORY_BYTES = 4096;
/** st_blocks counts these, whatever the file system's own block size is (POSIX). */
const STAT_BLOCK_BYTES = 512;

/** The part of an artifact that attributes follow from. */
export type DescribedArtifact = Pick<Artifact, 'isDirectory' | 'size' | 'mtime'>;

export function attributesOf(
  artifact: DescribedArtifact,
  owner: Pick<MountSettings, 'uid' | 'gid' | 'umask'>,
): Attributes {
  const size = artifact.isDirectory ? DIRECTORY_BYTES : artifact.size;
  return {
    size,
    blocks: Math.ceil(size / STAT_BLOCK_BYTES),
    mtime: artifact.mtime,
    mode: artifact.isDirectory ? S_IFDIR | (0o755 & ~owner.umask) : S_IFREG | (0o644 & ~owner.umask),
    // One link for a directory says "count of subdirectories unknown"; two would promise find(1) that there are none.
    nlink: 1,
    uid: owner.uid,
    gid: owner.gid,
  };
}
