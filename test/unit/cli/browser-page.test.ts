/** How `open` leads a browser to the screen: the secret is in a file of this user alone, which does not stay. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { writeBrowserPage } from '../../../src-main/cli/browser-page.ts';

/** Of this user alone, until the test ends. */
function privateDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'browser-page-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

const ADDRESS = 'http://127.0.0.1:4711/#token=s3cret';

it('a page leads on to the address, and nobody else can read it', () => {
  const directory = privateDirectory();
  const page = writeBrowserPage(directory, ADDRESS);
  expect(statSync(page).mode & 0o777).toBe(0o600);
  expect(page).not.toContain('s3cret');
  expect(readFileSync(page, 'utf8')).toContain(`http-equiv="refresh" content="0; url=${ADDRESS}"`);
  expect(writeBrowserPage(directory, 'http://h/"><script>')).not.toBe(page);
});

it('no page is written where others may look', () => {
  const directory = privateDirectory();
  chmodSync(directory, 0o755);
  expect(() => writeBrowserPage(directory, ADDRESS)).toThrow(/other users may enter it/);
});
