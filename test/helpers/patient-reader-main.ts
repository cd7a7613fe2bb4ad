/**
 * A program that stops in the middle of its work until it gets SIGUSR2, so that a test can do harm meanwhile. `handles` opens
 * files below DIRECTORY, says so, then reads them all and compares them with those below ORIGINAL; `listing` stops within a
 * directory and tells how many different names it found.
 */
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';

const [, , manner, directory = '', original = '', count = '0'] = process.argv;
const told = once(process, 'SIGUSR2');
/** A listener alone keeps no process alive. */
const alive = setInterval(() => {}, 60_000);

async function stop(): Promise<void> {
  console.log('waiting');
  await told;
}

function filesBelow(folder: string, most: number): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .slice(0, most);
}

async function handles(): Promise<string> {
  const open = filesBelow(original, Number(count)).map((path) => ({
    path,
    fd: openSync(join(directory, path), 'r'),
  }));
  await stop();
  for (const { path, fd } of open) {
    if (!readFileSync(fd).equals(readFileSync(join(original, path)))) throw new Error(`${path} differs`);
    closeSync(fd);
  }
  return `${open.length} files are right`;
}

async function listing(): Promise<string> {
  const names = new Set<string>();
  let entries = 0;
  for await (const { name } of await opendir(directory)) {
    names.add(name);
    entries += 1;
    if (entries === Number(count)) await stop();
  }
  if (names.size !== entries) throw new Error(`${entries} entries of ${names.size} names`);
  return `${entries} names`;
}

console.log(await (manner === 'handles' ? handles() : listing()));
clearInterval(alive);
