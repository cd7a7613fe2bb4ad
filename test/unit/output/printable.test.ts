/** What may reach a terminal or a log. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable } from '../../../src-main/output/printable.ts';

describe('printable', () => {
  it.each([
    ['plain Grüße 日本語 🚀', 'plain Grüße 日本語 🚀'],
    ['a\nb\tc\x1b[31m', String.raw`a\nb\tc\x1b[31m`],
    ['\u202egnp.exe', String.raw`\u202egnp.exe`],
    ['see https://ann:p%40ss@h.example:8/x for more', 'see https://***@h.example:8/x for more'],
    ['sftp://ann@h/x', 'sftp://***@h/x'],
    ['http://h/a?x=1&X-Amz-Signature=abc&y=2', 'http://h/a?x=1&X-Amz-Signature=***&y=2'],
    ['http://h/a?access_token=abc "next"', 'http://h/a?access_token=*** "next"'],
    ['http://h/a@b', 'http://h/a@b'],
  ])('shows %j as %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('leaves one line without controls, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });

  it('hides any password of a URL', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z0-9:@!$%-]{6,20}$/), (password) => {
        expect(printable(`http://user:${password}@host.example/path`)).toBe('http://***@host.example/path');
      }),
    );
  });
});
