/** Directories that can be made, and places that refuse them. */
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeDirectory } from '../../src-main/engine/make-directory.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'orbit-ghost-directory-'));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

it('makes what is missing, with the mode, and leaves what is there', () => {
  chmodSync(root, 0o755);
  makeDirectory(join(root, 'a', 'b', 'c'), 0o700);
  makeDirectory(join(root, 'a', 'b', 'c'), 0o700);
  const modes = ['', 'a', 'a/b', 'a/b/c'].map((path) => statSync(join(root, path)).mode & 0o777);
  expect(modes).toEqual([0o755, 0o700, 0o700, 0o700]);
});

it('fails where a file is in the way', () => {
  writeFileSync(join(root, 'file'), '');
  expect(() => makeDirectory(join(root, 'file', 'x'), 0o700)).toThrow(/ENOTDIR/);
});

it('fails, and ends, where the parent is there and refuses', () => {
  expect(() => makeDirectory('/proc/orbit/ghost', 0o700)).toThrow(/\/proc/);
});
