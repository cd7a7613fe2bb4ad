/** Names that anybody may have chosen: nothing invisible, nothing endless, nothing torn. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { atItsEnd, clipped, shownName, visibleText } from '../../../../src-renderer/lib/text.ts';

it('shows control characters', () => {
  expect(visibleText('a\nb\0c\u007f')).toBe('a␊b␀c␡');
  expect(visibleText('\u0085')).toBe('⟨U+0085⟩');
});

it('shows characters that change the direction of text or hide themselves', () => {
  expect(visibleText('\u202Efdp.exe')).toBe('⟨U+202E⟩fdp.exe');
  expect(visibleText('a\u200Bb\uFEFF')).toBe('a⟨U+200B⟩b⟨U+FEFF⟩');
});

it('leaves every other text as it is', () => {
  const text = '<img src=x onerror=alert(1)> Grüße 東京 עברית 👩🚀';
  expect(visibleText(text)).toBe(text);
});

it('keeps beginning and end of a long name', () => {
  expect(clipped('short', 10)).toBe('short');
  expect(clipped('abcdefghijklmnop', 9)).toBe('abcdef…op');
  expect(shownName('x'.repeat(10_000))).toHaveLength(400);
});

it('never exceeds its limit and never cuts a pair in two', () => {
  const long = fc.string({ unit: 'grapheme', minLength: 20, maxLength: 80 });
  fc.assert(
    fc.property(long, fc.integer({ min: 8, max: 40 }), (text, limit) => {
      const result = clipped(text, limit);
      expect(result.length).toBeLessThanOrEqual(Math.max(limit, 0));
      expect(result.isWellFormed()).toBe(true);
    }),
  );
});

it('keeps the end in sight where it may be cut', () => {
  expect(atItsEnd('T31UDQ_20240501_B02.tif')).toEqual(['T31UDQ_2024050', '1_B02.tif']);
  expect(atItsEnd('/home/ada/mounts/survey of the north')).toEqual([
    '/home/ada/mounts',
    '/survey of the north',
  ]);
  expect(atItsEnd(`/mounts/${'long'.repeat(20)}`)?.[1]).toBe('longlong'.padStart(9, 'g'));
  expect(atItsEnd('sim:?latency=0&bandwidth=8MB/s')?.[1]).toBe('dth=8MB/s');
  expect(atItsEnd('/home/ada/my-mounts/')?.[1]).toHaveLength(9);
  for (const text of [
    'notes.txt',
    '⟨U+202E⟩ a name that turns around',
    '東京'.repeat(20),
    'e\u0301'.repeat(20),
  ])
    expect(atItsEnd(text)).toBeUndefined();
});
