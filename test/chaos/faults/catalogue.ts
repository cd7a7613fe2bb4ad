/** What goes wrong with a catalogue: a row each, with the tests that make it happen. */
import type { FaultArea } from '../fault-table.ts';

const CONFORMANCE = 'mount/driver-conformance.test.ts';
const MAGNETAR = 'unit/metadata/magnetar';
const BAD_CATALOGUE = 'mount/cli/bad-catalogue.test.ts';
const EDGES = 'chaos/session-edges.test.ts';

export const catalogue: FaultArea = {
  area: 'Catalogue',
  rows: [
    {
      fault: 'locked by another writer',
      tests: [
        [CONFORMANCE, 'a catalogue locked for a moment delays an answer, no more'],
        [CONFORMANCE, 'a catalogue that stays locked is EIO, and cached bytes are read all the same'],
        [
          'chaos/locked-takeover.test.ts',
          'a catalogue that is locked while the engine is replaced delays readers, and ends no mount',
        ],
      ],
    },
    {
      fault: 'not a database, truncated, no artifacts, no such job, no root',
      tests: [
        [BAD_CATALOGUE, 'is not SQLite'],
        [BAD_CATALOGUE, 'is truncated'],
        [BAD_CATALOGUE, 'has no artifacts'],
        [BAD_CATALOGUE, 'does not know the job'],
        [BAD_CATALOGUE, 'has a job without a root'],
      ],
    },
    {
      fault: 'row changed or deleted while mounted',
      tests: [
        [CONFORMANCE, 'a new size and time are seen about a second later'],
        [CONFORMANCE, 'a deleted row is gone, a new one and a renamed one are there'],
        [CONFORMANCE, 'a file that is open stays what it was, or says that it is stale'],
        [EDGES, 'killed while a file is open that changes meanwhile: the handle says that it is stale'],
      ],
    },
    {
      fault: 'parent cycle, orphan, two roots, a parent in another job',
      tests: [
        [
          `${MAGNETAR}/magnetar-adapter.test.ts`,
          'two jobs never see each other, also where parent_id points across',
        ],
        [`${MAGNETAR}/magnetar-adapter.test.ts`, 'cycles and orphans end a walk to the root'],
        [BAD_CATALOGUE, 'is mounted with what is wrong in it reported beside'],
      ],
    },
    {
      fault: 'name empty, ".", "..", with "/" or NUL, over 255 bytes, not UTF-8, duplicate',
      tests: [
        [CONFORMANCE, 'no bad row spoils a listing, a lookup or a read beside it'],
        [`${MAGNETAR}/bad-rows.test.ts`, 'a row with %s is hidden everywhere and its neighbours are not'],
      ],
    },
    {
      fault: 'size negative, above 2^63, NULL; mtime absurd; a file with children',
      tests: [
        [`${MAGNETAR}/bad-rows.test.ts`, 'an mtime of %s is shown as %s'],
        [`${MAGNETAR}/bad-rows.test.ts`, 'a file with children is a file, and they are out of reach'],
        [`${MAGNETAR}/audit.test.ts`, 'every kind of problem is counted once, with examples'],
      ],
    },
  ],
};
