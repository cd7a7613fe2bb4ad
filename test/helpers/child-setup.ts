/** Runs in every test file that mounts: what a test started and did not end is ended with it, passed or failed. */
import { afterAll, afterEach, beforeEach } from 'vitest';
import { cleanUpSince, cleanupMark } from './system-cleanup.ts';

let mark = 0;

beforeEach(() => {
  mark = cleanupMark();
});

afterEach(() => cleanUpSince(mark));

// What a whole file shares was started before any test's mark.
afterAll(() => cleanUpSince(0));
