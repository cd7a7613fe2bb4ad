/** Numbers as people read them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBytes as formatBytesOfCommands } from '../../../../src-main/output/format.ts';
import {
  formatAge,
  formatBytes,
  formatCount,
  formatDate,
  formatDuration,
  formatPercent,
  formatPlural,
  formatRate,
  formatTime,
  share,
} from '../../../../src-renderer/lib/format.ts';

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [-5, '0 B'],
    [15.1, '15 B'],
    [1_023, '1023 B'],
    [1_023.6, '1.0 KiB'],
    [1_024, '1.0 KiB'],
    [1_536, '1.5 KiB'],
    [1_048_575, '1.0 MiB'],
    [10 * 2 ** 30, '10.0 GiB'],
    [2 ** 50, '1.0 PiB'],
    [2 ** 62, '4096.0 PiB'],
  ])('%d is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('says the same figure as the commands, which leave out a zero after the point', () => {
    const sizes = fc
      .tuple(fc.integer({ min: 0, max: 62 }), fc.double({ min: 1, max: 2, noNaN: true }))
      .map(([power, factor]) => factor * 2 ** power);
    fc.assert(
      fc.property(sizes, (bytes) => {
        expect(formatBytesOfCommands(bytes)).toBe(formatBytes(bytes).replace('.0 ', ' '));
      }),
      { examples: [[0], [15.1], [1_023.6], [1_023.97], [1_048_575]] },
    );
  });
});

it('says rates, counts and plurals', () => {
  expect(formatRate(0)).toBe('0 B/s');
  expect(formatRate(12.34 * 2 ** 20)).toBe('12.3 MiB/s');
  expect(formatCount(100_000)).toBe('100,000');
  expect(formatPlural(1, 'file')).toBe('1 file');
  expect(formatPlural(2, 'entry', 'entries')).toBe('2 entries');
});

it('calls a share 0 or 100 % only when it is', () => {
  expect(formatPercent(0, 10)).toBe('0 %');
  expect(formatPercent(1, 10_000)).toBe('<1 %');
  expect(formatPercent(9_999, 10_000)).toBe('99 %');
  expect(formatPercent(10, 10)).toBe('100 %');
  expect(formatPercent(1, 0)).toBe('–');
  expect(formatPercent(20, 10)).toBe('100 %');
  expect([share(1, 0), share(5, 10), share(20, 10), share(-1, 10)]).toEqual([0, 0.5, 1, 0]);
});

it('says durations and ages in the largest unit that tells enough', () => {
  expect(formatDuration(999)).toBe('0 s');
  expect(formatDuration(59_999)).toBe('59 s');
  expect(formatDuration(3 * 60_000)).toBe('3 min');
  expect(formatDuration(2 * 3_600_000)).toBe('2 h');
  expect(formatDuration(2 * 3_600_000 + 5 * 60_000)).toBe('2 h 5 min');
  expect(formatDuration(4 * 86_400_000)).toBe('4 d');
  expect(formatAge(1_000, 2_000)).toBe('just now');
  expect(formatAge(1_000, 9_000)).toBe('8 s ago');
});

it('says times and dates of this place', () => {
  const time = new Date(2026, 2, 1, 4, 5, 9).getTime();
  expect(formatTime(time)).toBe('04:05:09');
  expect(formatDate(time)).toBe('2026-03-01 04:05');
});
