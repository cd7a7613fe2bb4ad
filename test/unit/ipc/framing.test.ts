/** Lines of JSON out of a stream of bytes, however it is cut. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineReader, parseMessage } from '../../../src-main/ipc/framing.ts';

const LIMIT = 1_000;

/** What a reader makes of these chunks. */
function read(
  chunks: readonly (Buffer | string)[],
  limit = LIMIT,
): { values: unknown[]; problem: string | undefined } {
  const reader = new LineReader(limit);
  const values: unknown[] = [];
  for (const chunk of chunks) {
    const problem = reader.push(Buffer.from(chunk as string), (value) => values.push(value) > 0);
    if (problem !== undefined) return { values, problem };
  }
  return { values, problem: undefined };
}

describe('LineReader', () => {
  it('finds the same messages wherever the stream is cut', () => {
    const message = fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: 'grapheme' }).map((text) => ({ text })),
    );
    const cuts = fc.array(fc.nat(400), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), cuts, (messages, places) => {
        const texts = messages.map((value) => JSON.stringify(value));
        const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
        const edges = [0, ...places, bytes.length].toSorted((a, b) => a - b);
        const chunks = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
        const { values, problem } = read(chunks, 100_000);
        expect(problem).toBeUndefined();
        expect(values.map((value) => JSON.stringify(value))).toEqual(
          texts.map((text) => JSON.stringify(JSON.parse(text))),
        );
      }),
    );
  });

  it.each([
    ['no JSON', '{"a":\n'],
    ['an empty line', '\n'],
    ['two values', '1 2\n'],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22, 0x0a])],
    ['a byte order mark', '\ufeff1\n'],
    ['a null byte', '\0\n'],
  ])('refuses %s', (_, chunk) => {
    expect(read(['1\n', chunk, '2\n'])).toEqual({ values: [1], problem: 'A line is not JSON in UTF-8.' });
  });

  it('takes a line of the allowed length and not a byte more, ended or not', () => {
    const fits = `"${'x'.repeat(LIMIT - 2)}"`;
    expect(read([`${fits}\n`]).values).toHaveLength(1);
    expect(read([`${fits} \n`]).problem).toBe('A line is longer than 1000 bytes.');
    expect(read(Array.from({ length: 11 }, () => 'x'.repeat(100))).problem).toMatch(/longer/);
  });

  it('delivers nothing more once it is told to stop', () => {
    const values: unknown[] = [];
    const problem = new LineReader(LIMIT).push(Buffer.from('1\n2\n3\n'), (value) => values.push(value) < 2);
    expect({ values, problem }).toEqual({ values: [1, 2], problem: undefined });
  });
});

describe('parseMessage', () => {
  it('tells the value null from no value', () => {
    expect(parseMessage('null')).toEqual({ value: null });
    expect(parseMessage('nul')).toBeUndefined();
  });

  it('survives what is nested a million deep', () => {
    expect(parseMessage('['.repeat(1_000_000))).toBeUndefined();
  });
});
