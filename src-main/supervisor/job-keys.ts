/** Names of jobs among all catalogues. A key is the same on every start, whatever order the catalogues are listed in. */
import { createHash } from 'node:crypto';
import type { JobKey } from '../engine/control/protocol.ts';

/** Enough to tell a person's catalogues apart, short enough to be typed. Hex digits. */
const CATALOGUE_DIGITS = 8;
/** What a key has room for; a catalogue may hold any number. */
const LARGEST_ID = 999_999_999_999_999;

/** `database` is the real path, so that two ways to one file are one catalogue. */
export function jobKey(database: string, id: number): JobKey {
  const digest = createHash('sha256').update(database).digest('hex');
  return `${digest.slice(0, CATALOGUE_DIGITS)}-${id}`;
}

/** Whether a job of this number can have a key; those that cannot are not shown. */
export function hasKey(id: number): boolean {
  return Number.isInteger(id) && id >= 0 && id <= LARGEST_ID;
}
