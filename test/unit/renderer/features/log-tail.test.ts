/** What the log panel keeps and shows. */
import { describe, expect, it } from 'vitest';
import type { LogLine } from '../../../../src-main/ipc/contract.ts';
import { appendLines, filterLines, MAX_LINES } from '../../../../src-renderer/features/activity/log-tail.ts';

const line = (text: string, level: LogLine['level'] = 'info'): LogLine => ({
  at: 0,
  level,
  from: 'engine',
  text,
});

describe('the tail', () => {
  it('keeps the latest lines, and each its number', () => {
    const first = appendLines(
      [],
      Array.from({ length: MAX_LINES }, (_, index) => line(`line ${String(index + 1)}`)),
    );
    const tail = appendLines(first, [line('one more')]);
    expect(tail).toHaveLength(MAX_LINES);
    expect(tail[0]).toMatchObject({ text: 'line 2', number: 2 });
    expect(tail.at(-1)).toMatchObject({ text: 'one more', number: MAX_LINES + 1 });
  });

  it('stays the same when nothing came', () => {
    const tail = appendLines([], [line('a')]);
    expect(appendLines(tail, [])).toBe(tail);
  });
});

describe('a new subscription', () => {
  const texts = (...lines: readonly string[]): readonly LogLine[] => lines.map((text) => line(text));
  const after = (first: readonly LogLine[], second: readonly LogLine[]): readonly string[] =>
    appendLines(appendLines([], first), second).map(({ text }) => text);

  it('adds only what is new', () => {
    expect(after(texts('a', 'b', 'c'), texts('b', 'c', 'd'))).toEqual(['a', 'b', 'c', 'd']);
    expect(after(texts('b', 'c'), texts('a', 'b', 'c'))).toEqual(['b', 'c']);
    expect(after(texts('a', 'a'), texts('a', 'a', 'a'))).toEqual(['a', 'a']);
  });

  it('adds everything when the program is another one', () => {
    expect(after(texts('a', 'b'), texts('c', 'b', 'd'))).toEqual(['a', 'b', 'c', 'b', 'd']);
  });
});

describe('the filter', () => {
  const tail = appendLines(
    [],
    [line('Source away', 'error'), line('slow disk', 'warn'), line('mounted job 1'), line('tick', 'debug')],
  );
  const shown = (level: LogLine['level'], text = ''): readonly string[] =>
    filterLines(tail, { level, text }).map((entry) => entry.text);

  it('shows a level and those that are worse', () => {
    expect(shown('error')).toEqual(['Source away']);
    expect(shown('warn')).toEqual(['Source away', 'slow disk']);
    expect(shown('debug')).toHaveLength(4);
  });

  it('finds every word in any order, whatever its case, in the origin too', () => {
    expect(shown('debug', 'AWAY source')).toEqual(['Source away']);
    expect(shown('debug', 'engine job')).toEqual(['mounted job 1']);
    expect(shown('debug', 'away disk')).toEqual([]);
    expect(shown('debug', '  ')).toHaveLength(4);
  });
});
