/** Values of options: what is read, what is refused, and that nothing else can happen. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src-main/cli/failure.ts';
import {
  appended,
  nonEmpty,
  oneOf,
  parseBlockSize,
  parseDeadline,
  parseJobId,
  parseTransfers,
} from '../../../src-main/cli/values.ts';

describe('option values', () => {
  it.each([
    ['65536', 65_536],
    ['64k', 65_536],
    ['64K', 65_536],
    ['64KiB', 65_536],
    ['1m', 1_048_576],
    ['1M', 1_048_576],
    ['1 MiB', 1_048_576],
    ['16MiB', 16_777_216],
  ])('reads the block size %s', (text, bytes) => {
    expect(parseBlockSize(text)).toBe(bytes);
  });

  it.each([
    '',
    '0',
    '3000',
    '32k',
    '32MiB',
    '1MB',
    '1G',
    '-64k',
    '0x10000',
    '1e6',
    '64.0k',
    '65537',
    'k',
    '1MiB ',
    '٦٤k',
  ])('refuses the block size %j', (text) => {
    expect(() => parseBlockSize(text)).toThrow(/--block-size .*power of two from 64KiB to 16MiB/);
  });

  it.each([
    ['1', 1],
    ['007', 7],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('reads the job %s', (text, id) => {
    expect(parseJobId(text)).toBe(id);
  });

  it.each(['', '0', '-1', '1.5', '1e3', 'x', ' 1', '9007199254740993', 'Infinity'])(
    'refuses the job %j',
    (text) => {
      expect(() => parseJobId(text)).toThrow(/--job-id .*not the number of a job/);
    },
  );

  it.each(['4', '16'])('takes %s transfers', (text) => {
    expect(parseTransfers(text)).toBe(Number(text));
  });

  it.each(['3', '17', '', '4.5', '-4', 'many'])('refuses %j transfers', (text) => {
    expect(() => parseTransfers(text)).toThrow(/--transfers .*from 4 to 16/);
  });

  it.each([
    ['30', 30_000],
    ['0.25', 250],
    ['86400', 86_400_000],
  ])('reads the deadline %s', (text, ms) => {
    expect(parseDeadline(text)).toBe(ms);
  });

  it.each(['0', '0.0001', '-1', '', 'NaN', '1e9', '86401', '5s'])('refuses the deadline %j', (text) => {
    expect(() => parseDeadline(text)).toThrow(/--deadline .*seconds above 0/);
  });

  it('answers any text with a value in range or one printable sentence', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const parse of [parseBlockSize, parseJobId, parseTransfers, parseDeadline]) {
          try {
            expect(parse(text)).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toBeInstanceOf(UsageError);
            expect((error as Error).message).not.toContain('\n');
          }
        }
      }),
    );
  });

  it('takes a word of the list and names the list otherwise', () => {
    const parse = oneOf('--driver', ['auto', 'linux-kernel']);
    expect(parse('linux-kernel')).toBe('linux-kernel');
    expect(() => parse('Auto')).toThrow('--driver "Auto" is unknown; choose one of auto, linux-kernel.');
  });

  it('refuses an empty path, which would mean the current directory', () => {
    expect(nonEmpty('--mount-point')('a b')).toBe('a b');
    expect(() => nonEmpty('--mount-point')('')).toThrow('--mount-point is empty');
    expect(() => nonEmpty('--mount-point')('a\0b')).toThrow('--mount-point');
  });

  it('collects a repeated option in order', () => {
    const add = appended('--source');
    expect(add('b', add('a'))).toEqual(['a', 'b']);
    expect(() => add('')).toThrow('--source is empty');
  });
});
