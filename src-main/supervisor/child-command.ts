/**
 * How our own plain Node programs are started: which Node, which file. Inside Electron neither its binary nor its archive
 * will do: the Node and the programs that were shipped beside the app, or the npm package `node`, take their place.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GhostError } from '../engine/errors.ts';

export interface ChildCommand {
  readonly executable: string;
  readonly arguments: readonly string[];
}

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const ARCHIVE = `${join('/', 'app.asar')}${join('/')}`;

/** `program` is below src-main, without its extension: `engine/control/engine-main`. Throws ENGINE_AWAY without a Node. */
export function childCommand(program: string): ChildCommand {
  const file = fileURLToPath(new URL(`../${program}${extension}`, import.meta.url));
  return { executable: nodeExecutable(), arguments: [outsideArchive(file)] };
}

function nodeExecutable(): string {
  if (process.versions['electron'] === undefined) return process.execPath;
  const found = [shippedNode(), packagedNode()].find((path) => path !== undefined && existsSync(path));
  if (found !== undefined) return found;
  throw new GhostError(
    'ENGINE_AWAY',
    'The Node that runs the engine is missing beside the app; install the app again, or type "npm ci" in its sources.',
  );
}

const resources = (): string | undefined => (process as { readonly resourcesPath?: string }).resourcesPath;
const nodeName = process.platform === 'win32' ? 'node.exe' : 'node';

function shippedNode(): string | undefined {
  const directory = resources();
  return directory === undefined ? undefined : join(directory, nodeName);
}

function packagedNode(): string | undefined {
  try {
    const description = createRequire(import.meta.url).resolve('node/package.json');
    return join(dirname(description), 'bin', nodeName);
  } catch {
    return undefined;
  }
}

/** A plain Node sees no files in Electron's archive; the same tree stands unpacked beside it. */
function outsideArchive(file: string): string {
  return file.includes(ARCHIVE) ? file.replace('app.asar', 'app.asar.unpacked') : file;
}
