/** What the program tells a person to type to reach it: by name only where that name leads to this very program. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ownCommand } from '../../../src-main/output/own-command.ts';

let place: string;
let files: { readonly launcher: string; readonly wrapper: string };

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'own command-'));
  files = { launcher: join(place, 'launch.js'), wrapper: join(place, 'orbit-ghost') };
  writeFileSync(files.launcher, 'launcher');
});

afterEach(() => {
  rmSync(place, { recursive: true, force: true });
});

/** A directory of commands below the place. */
function bin(name: string): string {
  const directory = join(place, name);
  mkdirSync(directory, { recursive: true });
  return directory;
}

it('is a full path, quoted, in a checkout, whatever npm and others have in the path', () => {
  const npm = bin('node_modules/.bin');
  symlinkSync(files.launcher, join(npm, 'orbit-ghost'));
  const other = bin('other');
  writeFileSync(join(other, 'orbit-ghost'), 'another program');
  const full = `node '${files.launcher}'`;
  expect(ownCommand('', files)).toBe(full);
  expect(ownCommand([npm, other, '.'].join(delimiter), files)).toBe(full);
  // The first one in the path is the one that is run.
  const own = bin('own');
  symlinkSync(files.launcher, join(own, 'orbit-ghost'));
  expect(ownCommand([other, own].join(delimiter), files)).toBe(full);
  expect(ownCommand([npm, own, other].join(delimiter), files)).toBe('orbit-ghost');
});

it('is the name alone where a package has put it among the commands, else the path of its wrapper', () => {
  writeFileSync(files.wrapper, 'wrapper');
  expect(ownCommand(bin('empty'), files)).toBe(`'${files.wrapper}'`);
  const commands = bin('commands');
  writeFileSync(join(commands, 'orbit-ghost'), 'wrapper');
  expect(ownCommand(commands, files)).toBe('orbit-ghost');
});
