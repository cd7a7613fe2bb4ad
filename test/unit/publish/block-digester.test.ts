import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BlockDigester } from '../../../src-main/engine/publish/block-digester.ts';

const sha256 = (data: Uint8Array): Buffer => createHash('sha256').update(data).digest();

test('chunks of any length give the digests of the blocks', () => {
  const data = randomBytes(5_000);
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: data.length }),
      fc.integer({ min: 1, max: 1_500 }),
      fc.integer({ min: 1, max: 1_500 }),
      (length, blockSize, chunkSize) => {
        const file = data.subarray(0, length);
        const digester = new BlockDigester(blockSize);
        for (let at = 0; at < length; at += chunkSize) digester.update(file.subarray(at, at + chunkSize));
        const blocks: Buffer[] = [];
        for (let at = 0; at < length; at += blockSize) blocks.push(sha256(file.subarray(at, at + blockSize)));
        expect(digester.finish().equals(Buffer.concat(blocks))).toBe(true);
        expect(digester.bytes).toBe(length);
      },
    ),
  );
});

test('an empty file has an empty digest list', () => {
  expect(new BlockDigester(1024).finish()).toEqual(Buffer.alloc(0));
});
