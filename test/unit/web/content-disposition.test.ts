/** Whatever a catalogue calls a file, the header is one safe line. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attachment } from '../../../src-main/web/content-disposition.ts';

/** What a browser that knows RFC 6266 takes for the name. */
const nameOf = (name: string): string =>
  decodeURIComponent(/filename\*=UTF-8''(\S*)$/.exec(attachment(name))?.[1] ?? '');

describe('attachment', () => {
  it('keeps ordinary names', () => {
    expect(attachment('video 1.mkv')).toBe(
      `attachment; filename="video 1.mkv"; filename*=UTF-8''video%201.mkv`,
    );
    expect(attachment('größe.txt')).toBe(
      `attachment; filename="gr__e.txt"; filename*=UTF-8''gr%C3%B6%C3%9Fe.txt`,
    );
    expect(nameOf("日本 (1)'!*.tar.gz")).toBe("日本 (1)'!_.tar.gz");
  });

  it.each([
    ['a quote', 'a"; filename="b.exe', 'a_; filename=_b.exe'],
    ['a line break', 'a\r\nSet-Cookie: x=1', 'aSet-Cookie_ x=1'],
    ['a null byte', 'a\0.txt', 'a.txt'],
    ['a path', '../../etc/passwd', '.._.._etc_passwd'],
    ['a path of Windows', 'C:\\x', 'C__x'],
    ['a name that turns around', 'photo\u202Egpj.exe', 'photogpj.exe'],
    ['marks that hide', 'a\u200F\u2066\u200B\uFEFF\u0085\u2028b', 'ab'],
    ['half a character', 'a\uD800b', 'a\uFFFDb'],
    ['nothing', '', 'download'],
    ['dots', '..', 'download'],
    ['blanks', ' \t ', 'download'],
    ['markup', '<img src=x onerror=alert(1)>', '_img src=x onerror=alert(1)_'],
  ])('disarms %s', (_, name, safe) => {
    expect(nameOf(name)).toBe(safe);
  });

  it('shortens 10,000 characters to what a file system takes, with the extension and no half character', () => {
    const name = nameOf(`${'😀'.repeat(10_000)}.mkv`);
    expect(name).toMatch(/^(?:😀){49}\.mkv$/u);
    expect(Buffer.byteLength(nameOf(`a.${'b'.repeat(10_000)}`))).toBe(200);
  });

  it('is always one line of plain ASCII with balanced quotes and a name that can be written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
        expect(attachment(name)).toMatch(
          /^attachment; filename="[^"\\]*"; filename\*=UTF-8''[\w!#$&+.^`|~%-]+$/,
        );
        expect(attachment(name)).toMatch(/^[ -~]+$/);
        const given = nameOf(name);
        expect(Buffer.byteLength(given)).toBeLessThanOrEqual(200);
        expect(given).not.toMatch(/^\.*$|[/\\]/);
      }),
    );
  });
});
