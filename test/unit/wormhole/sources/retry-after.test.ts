import { describe, expect, it } from 'vitest';
import { HostBackOff, parseRetryAfter } from '../../../../src-main/engine/wormhole/sources/retry-after.ts';
import { VirtualClock } from '../../../helpers/virtual-clock.ts';

const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT';

describe('parseRetryAfter', () => {
  it.each([
    [undefined, DATE, undefined],
    ['0', DATE, 0],
    ['1', DATE, 1_000],
    [' 7 ', DATE, 7_000],
    ['0.5', DATE, 500],
    ['120', undefined, 120_000],
    ['121', DATE, 120_000],
    ['99999999999999999999999', DATE, 120_000],
    ['9'.repeat(400), DATE, 120_000],
    ['Sun, 06 Nov 1994 08:49:40 GMT', DATE, 3_000],
    ['Sunday, 06-Nov-94 08:49:40 GMT', DATE, 3_000],
    ['Sun Nov  6 08:49:40 1994 GMT', DATE, 3_000],
    ['Sun, 06 Nov 1994 08:49:00 GMT', DATE, 0],
    ['Fri, 31 Dec 9999 23:59:59 GMT', DATE, 120_000],
    ['Sun, 06 Nov 1994 08:49:40 GMT', undefined, 5_000],
    ['Sun, 99 Nov 1994 08:49:40 GMT', DATE, 5_000],
    ['-5', DATE, 5_000],
    ['soon', DATE, 5_000],
    ['', DATE, 5_000],
    ['1e9', DATE, 5_000],
  ])('reads %j as seen at %j as %j ms', (value, date, expected) => {
    expect(parseRetryAfter(value, date)).toBe(expected);
  });
});

describe('HostBackOff', () => {
  it('keeps the longest wish of each host until it has passed', async () => {
    const clock = new VirtualClock();
    const backOff = new HostBackOff(clock);
    backOff.note('http://a', 5_000);
    backOff.note('http://a', 1_000);
    expect(backOff.remaining('http://a')).toBe(5_000);
    expect(backOff.remaining('http://b')).toBe(0);
    await clock.advance(4_999);
    expect(backOff.remaining('http://a')).toBe(1);
    await clock.advance(1);
    expect(backOff.remaining('http://a')).toBe(0);
    backOff.note('http://a', 10);
    expect(backOff.remaining('http://a')).toBe(10);
  });
});
