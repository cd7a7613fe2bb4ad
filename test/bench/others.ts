/** The programs we compare with: the plain file as the ceiling, rclone, and libfuse's own C example. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run, start } from '../helpers/child.ts';
import { findCommand, newDirectory } from '../helpers/system.ts';
import { awaitMount, versionOf } from './contender.ts';
import type { Absent, Contender } from './contender.ts';

const EXAMPLES = '/usr/share/doc/libfuse3-dev/examples';

/** No mount at all: what the file below every mount gives. */
export function plainFile(tree: string): Contender {
  return {
    name: 'plain file',
    description: 'read without FUSE',
    mount: () => Promise.resolve({ directory: tree, unmount: () => Promise.resolve() }),
  };
}

/** `remote` is a path, or `:http:` with its URL among `args`. */
export async function rclone(remote: string, ...args: readonly string[]): Promise<Contender | Absent> {
  const name = 'rclone mount';
  const binary = findCommand('rclone');
  if (binary === undefined) return { name, reason: 'rclone is not installed (apt-get install rclone)' };
  const options = ['--read-only', '--vfs-cache-mode', 'off', '--config', '/dev/null', ...args];
  return {
    name,
    description: `${(await versionOf(binary, 'version')) ?? 'rclone'}, --read-only --vfs-cache-mode off`,
    async mount() {
      const directory = newDirectory('rclone');
      return await awaitMount(await start(binary, ['mount', remote, directory, ...options]), directory);
    },
  };
}

/** Compiled on the spot from the example source that Debian ships with libfuse. */
export async function passthrough(tree: string): Promise<Contender | Absent> {
  const name = 'passthrough_ll';
  const compiler = findCommand('gcc') ?? findCommand('cc');
  if (compiler === undefined) return { name, reason: 'no C compiler (apt-get install gcc libc6-dev)' };
  const version = await versionOf('pkg-config', '--modversion', 'fuse3');
  if (version === undefined)
    return { name, reason: 'no fuse3 for pkg-config (apt-get install pkg-config libfuse3-dev)' };
  const source = join(EXAMPLES, 'passthrough_ll.c');
  if (!existsSync(source)) return { name, reason: `${source} is missing (apt-get install libfuse3-dev)` };
  const flags = (await versionOf('pkg-config', '--cflags', '--libs', 'fuse3'))?.split(/\s+/) ?? [];
  const binary = join(newDirectory('passthrough-build'), name);
  const compiled = await run(compiler, ['-O2', '-w', '-o', binary, source, ...flags, '-lpthread']);
  if (compiled.code !== 0)
    return { name, reason: `does not compile: ${compiled.stderr.split('\n')[0] ?? ''}` };
  return {
    name,
    description: `libfuse ${version}, C, multi-threaded`,
    async mount() {
      const directory = newDirectory('passthrough');
      return await awaitMount(await start(binary, ['-f', '-o', `source=${tree}`, directory]), directory);
    },
  };
}
