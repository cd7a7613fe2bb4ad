import { expect, test } from 'vitest';
import { isListing, listedNames } from '../../../src-main/engine/publish/http-listing.ts';

const page = new URL('http://host/pub/data/');

function read(html: string): { names: readonly string[]; skipped: readonly string[] } {
  const skipped: string[] = [];
  const found = [...listedNames(html, page, ['data'], (path) => skipped.push(path))];
  return { names: found.map(({ name, isDirectory }) => (isDirectory ? `${name}/` : name)), skipped };
}

test('an nginx page', () => {
  const html = `<html><head><title>Index of /pub/data/</title></head><body><h1>Index of /pub/data/</h1><hr><pre>
<a href="../">../</a>
<a href="sub%20dir/">sub dir/</a>      22-Nov-2026 10:00    -
<a href="a%26b%23c%3Fd.txt">a&amp;b#c?d.txt</a>  22-Nov-2026 10:00  5
<a href="gr%C3%BC%C3%9Fe">grüße</a>  22-Nov-2026 10:00  5</pre></body></html>`;
  expect(isListing(html)).toBe(true);
  expect(read(html)).toEqual({ names: ['sub dir/', 'a&b#c?d.txt', 'grüße'], skipped: [] });
});

test('an Apache page with sort links, icons and entities', () => {
  const html = `<!DOCTYPE HTML><html><head><title>Index of /pub/data</title></head><body><table>
<tr><th><a href="?C=N;O=D">Name</a></th><th><a href="?C=M;O=A">Last modified</a></th></tr>
<tr><td><a href="/pub/">Parent Directory</a></td></tr>
<tr><td><img src="/icons/f.gif"></td><td><a href="x&amp;y.bin">x&amp;y.bin</a></td></tr>
<tr><td><a class=d href='it&#39;s/'>its</a></td></tr>
<tr><td><a href=plain>plain</a> <a href="plain">again</a></td></tr></table></body></html>`;
  expect(read(html).names).toEqual(['x&y.bin', "it's/", 'plain']);
});

test('links that lead anywhere but to a direct child are not followed', () => {
  const html = [
    'https://host/pub/data/s',
    '//other/pub/data/x',
    'a/b',
    '../up',
    '/',
    '#top',
    'mailto:x@y',
    'q?x=1',
    'http://[',
  ]
    .map((href) => `<a href="${href}">x</a>`)
    .join('');
  expect(read(html)).toEqual({ names: [], skipped: [] });
});

test('a name counts once however it is spelled', () => {
  const html = ['A', '%41', 'A/', '%FF', '%FF', 'b%2fc', 'b%2Fc']
    .map((href) => `<a href="${href}">x</a>`)
    .join('');
  expect(read(html)).toEqual({ names: ['A'], skipped: ['data/%FF', 'data/b%2fc'] });
});

test('names no file can have are reported', () => {
  const html = ['a%2Fb', '%FF', 'nul%00', 'x'.repeat(256), '100%']
    .map((href) => `<a href="${href}">x</a>`)
    .join('');
  const { names, skipped } = read(html);
  expect(names).toEqual([]);
  expect(skipped).toEqual(['data/a%2Fb', 'data/%FF', 'data/nul%00', `data/${'x'.repeat(256)}`, 'data/100%']);
});

test('an ordinary page is no listing', () => {
  expect(isListing('<html><title>Welcome</title><a href="a">a</a></html>')).toBe(false);
  expect(isListing('<title>Directory listing for /</title>')).toBe(true);
});
