/** Attributes and totals in the form of fuse-native, whose numbers are mostly 32 bits wide. Pure. */
import { NAME_MAX_BYTES, type FilesystemTotals } from '../../filesystem/ghost-filesystem.ts';
import type { Attributes } from '../../filesystem/attributes.ts';
import type { Ordinal } from '../../metadata/metadata-oracle.ts';
import type { NativeStat, NativeStatfs } from './fuse-native-module.ts';

const MAX_UINT32 = 2 ** 32 - 1;
/** Preferred size of a program's reads, bytes: the most that libfuse 2 asks for at once. */
const READ_UNIT_BYTES = 128 << 10;

/**
 * Ordinals past 32 bits are cut, so two artifacts of such a catalogue may show the same number; with a link count of 1 no
 * program takes them for one file.
 */
export function nativeStat({ mtime, ...attributes }: Attributes, ordinal: Ordinal): NativeStat {
  const ms = mtime * 1000;
  return {
    ...attributes,
    blksize: READ_UNIT_BYTES,
    ino: (ordinal + 1) % 2 ** 32,
    atime: ms,
    mtime: ms,
    ctime: ms,
  };
}

/** The unit doubles until the number of blocks fits: `df` multiplies them again. */
export function nativeStatfs({ blockBytes, blocks, files }: FilesystemTotals): NativeStatfs {
  let unit = blockBytes;
  let count = blocks;
  for (; count > MAX_UINT32; unit *= 2) count = Math.ceil(count / 2);
  return {
    bsize: unit,
    frsize: unit,
    blocks: count,
    bfree: 0,
    bavail: 0,
    files: Math.min(files, MAX_UINT32),
    ffree: 0,
    favail: 0,
    namemax: NAME_MAX_BYTES,
  };
}
