/** Holds the check every block passes before anybody sees it. */
import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { hasDigest, isSameDigest } from '../../src-main/engine/verify.ts';
import { sha256 } from '../helpers/scripted-source.ts';

const KEY = Buffer.alloc(32, 7);

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

describe('a MAC', () => {
  const mac = { mac: createHmac('sha256', KEY).update('abc').digest(), key: KEY };

  test('lets the bytes pass it was made of, with its key alone', async () => {
    expect(await hasDigest(Buffer.from('abc'), mac)).toBe(true);
    expect(await hasDigest(Buffer.from('abd'), mac)).toBe(false);
    expect(await hasDigest(Buffer.from('abc'), { ...mac, key: Buffer.alloc(32, 8) })).toBe(false);
    expect(await hasDigest(Buffer.from('abc'), { ...mac, mac: mac.mac.subarray(0, 31) })).toBe(false);
    expect(await hasDigest(Buffer.from('abc'), { ...mac, mac: sha256(Buffer.from('abc')) })).toBe(false);
  });

  test('is the same as itself and as no digest', () => {
    const digest = sha256(Buffer.from('abc'));
    expect(isSameDigest(mac, { mac: Buffer.from(mac.mac), key: Buffer.from(KEY) })).toBe(true);
    expect(isSameDigest(mac, { ...mac, key: Buffer.alloc(32, 8) })).toBe(false);
    expect(isSameDigest(mac, mac.mac)).toBe(false);
    expect(isSameDigest(digest, Buffer.from(digest))).toBe(true);
    expect(isSameDigest(digest, undefined)).toBe(false);
    expect(isSameDigest(undefined, undefined)).toBe(true);
  });
});
