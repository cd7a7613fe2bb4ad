/** Holds the check every block passes before anybody sees it. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { hasDigest } from '../../../src-main/engine/wormhole/verify.ts';
import { sha256 } from '../../helpers/scripted-source.ts';

test('a block passes with its own digest, and not with one bit turned or with a digest cut short', async () => {
  const data = Buffer.from(randomBytes(100_000));
  const digest = sha256(data);
  expect(await hasDigest(data, digest)).toBe(true);
  expect(await hasDigest(data, digest.subarray(0, 31))).toBe(false);
  data[99_999] = (data[99_999] ?? 0) ^ 1;
  expect(await hasDigest(data, digest)).toBe(false);
});

// The shortest and best known vector of FIPS 180-4, so that the algorithm itself is held, not only its consistency.
test('the digest is SHA-256', async () => {
  const expected = Buffer.from('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', 'hex');
  expect(await hasDigest(Buffer.from('abc'), expected)).toBe(true);
});
