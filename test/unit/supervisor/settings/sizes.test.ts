/** Amounts of bytes as people write them. */
import { expect, it } from 'vitest';
import { formatSize, parseSize } from '../../../../src-main/supervisor/settings/sizes.ts';

it.each([
  ['20GiB', 20 * 1024 ** 3],
  ['20 gib', 20 * 1024 ** 3],
  ['20G', 20 * 1024 ** 3],
  ['20GB', 20e9],
  ['1.5TiB', 1.5 * 1024 ** 4],
  ['500 MB', 5e8],
  ['64K', 65_536],
  ['7', 7],
  ['7B', 7],
])('%s is %d bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

it.each(['', 'GiB', '-1GiB', '1e9', '1,5GiB', '20 parsecs', '0x10', '1 Gi B', 'Infinity'])(
  '%j is no size',
  (text) => {
    expect(parseSize(text)).toBeUndefined();
  },
);

it.each([20 * 1024 ** 3, 20e9, 1.5 * 1024 ** 4, 5e8, 1_000_001, 2 ** 53 - 1, 1024, 1])(
  '%d comes back as it is',
  (bytes) => {
    expect(parseSize(formatSize(bytes))).toBe(bytes);
  },
);

it('is written the short way', () => {
  expect([20 * 1024 ** 3, 20e9, 1.5 * 1024 ** 4].map(formatSize)).toEqual(['20GiB', '20GB', '1.5TiB']);
});
