/** Both drivers, held to one suite on real mounts, as root and as an ordinary user. */
import { describe, expect, test } from 'vitest';
import type { DriverName } from '../../src-main/engine/fuse/driver.ts';
import { driverTargets, type DriverNature } from '../helpers/driver-targets.ts';
import { attributeCases } from './conformance/attributes.ts';
import { badRowCases } from './conformance/bad-rows.ts';
import { catalogueCases } from './conformance/catalogue.ts';
import { endingCases } from './conformance/ending.ts';
import { listingCases } from './conformance/listing.ts';
import { readingCases } from './conformance/reading.ts';
import { Subject } from './conformance/subject.ts';
import { writingCases } from './conformance/writing.ts';

/** All that the drivers do differently. */
const natures: Readonly<Record<DriverName, DriverNature>> = {
  'linux-kernel': { interruptible: true, namesAreBytes: true, rootInode: 1 },
  'fuse-native': { interruptible: false, namesAreBytes: false, rootInode: 2 },
};

const targets = driverTargets(natures);

test('an ordinary user is among those who mount', () => {
  expect(targets.map(({ label }) => label)).toContain('linux-kernel as an ordinary user');
});

describe.each(targets)('$label', (target) => {
  const subject = new Subject(target);
  attributeCases(subject);
  listingCases(subject);
  readingCases(subject);
  writingCases(subject);
  catalogueCases(subject);
  badRowCases(subject);
  endingCases(subject);
});
