/** What goes wrong with the disk of the cache: a row each, with the tests that make it happen. */
import type { FaultArea } from '../fault-table.ts';

const BAD_PLACE = 'mount/cli/bad-mount-point.test.ts';

export const cacheDisk: FaultArea = {
  area: 'Cache disk',
  rows: [
    {
      fault: 'ENOSPC, EIO, read-only',
      tests: [
        [
          'unit/cache/cache-space.test.ts',
          'a disk that becomes read-only: what is cached is read, one warning, used again when it can be written (needs root)',
        ],
        [
          'unit/cache/cache-directory.test.ts',
          'a full disk: reads go on, one warning, nothing half-written, used again when there is room (needs root)',
        ],
      ],
    },
    {
      fault: 'bit flip, truncated, deleted, swapped block file',
      tests: [
        [
          'mount/cache.test.ts',
          'block files that are damaged while a program reads give it no wrong byte, and that is told',
        ],
        [
          'chaos/damaged-cache.test.ts',
          'block files that are %s while the engine is away never change a byte that is read',
        ],
        [
          'unit/cache/cached-block-files.test.ts',
          'a block of another length, a block cut short, a link or a folder in its place: false',
        ],
      ],
    },
    {
      fault: 'two processes, one directory',
      tests: [
        [BAD_PLACE, 'is a cache directory that another process uses'],
        [
          'unit/cache/cache-recovery.test.ts',
          'a second process is refused with the pid of the first, and let in once that is killed',
        ],
      ],
    },
    {
      fault: 'wrong owner, 0777, symlink planted',
      tests: [
        ['unit/cache/cache-directory.test.ts', 'with mode %o is refused and left as it is'],
        ['unit/cache/cache-directory.test.ts', 'of somebody else is refused'],
        ['unit/cache/cache-directory.test.ts', 'with a symbolic link planted as %s is refused'],
      ],
    },
  ],
};
