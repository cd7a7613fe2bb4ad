/**
 * Gathers what runs as plain Node programs beside the packaged app: the built program without its window, its screen for a
 * browser, every package it can import, and the licence of the Node that runs it. `npm run dist` runs it; electron-builder then copies the result. Invariant: complete by itself, nothing in
 * it refers to a file outside.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));
/** Of dist: all but the window's own files. `screen` is what the command line shows in a browser. */
const PROGRAM = [
  'cli',
  'demo',
  'engine',
  'ipc',
  'output',
  'screen',
  'supervisor',
  'web',
  'program.js',
  'stop-signals.js',
];
/** Lies beside the app as one executable file. */
const LEFT_OUT = new Set(['node']);
/** Sources that packages ship for compiling, which nothing here does. */
const SOURCES = ['better-sqlite3/deps', 'better-sqlite3/src', 'koffi/doc'];
/** FUSE's own library, as each system needs it. */
const FUSE_LIBRARY = /^fuse-shared-library-(?<system>.+)$/;
const SYSTEM = process.platform === 'linux' && process.arch === 'arm' ? 'linux-arm' : process.platform;

/** @param {string} place @returns {Record<string, any>} */
const description = (place) => JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'));

/**
 * The directories of all packages that these need, in turn.
 * @param {readonly string[]} names
 * @param {string} from the directory of the package that needs them
 * @param {Map<string, string>} found path below the project's node_modules, directory
 */
function collect(names, from, found) {
  for (const name of names) {
    const directory = resolved(name, from);
    // An optional package for another system.
    if (directory === undefined || LEFT_OUT.has(name) || isForeign(name)) continue;
    const path = relative(join(PROJECT, 'node_modules'), directory);
    if (found.has(path)) continue;
    found.set(path, directory);
    collect(needs(description(directory)), directory, found);
  }
}

/** @param {Record<string, any>} packageJson */
function needs({ dependencies = {}, optionalDependencies = {} }) {
  return [...Object.keys(dependencies), ...Object.keys(optionalDependencies)];
}

/** As Node looks for it: in each node_modules on the way up. @param {string} name @param {string} from */
function resolved(name, from) {
  for (let place = from; place.startsWith(PROJECT); place = dirname(place)) {
    const directory = join(place, 'node_modules', name);
    if (existsSync(join(directory, 'package.json'))) return directory;
  }
  return undefined;
}

/** @param {string} name of a package */
function isForeign(name) {
  const system = FUSE_LIBRARY.exec(name)?.groups?.['system'];
  return system !== undefined && system !== SYSTEM;
}

/** @param {string} path below node_modules */
function isWanted(path) {
  const name = path.split(sep).join('/');
  if (name.endsWith('.map') || /^fuse-shared-library-[^/]+\/example(\/|$)/.test(name)) return false;
  const prebuilt = /\/prebuilds\/(?<made>[^/]+)/.exec(name)?.groups?.['made'];
  if (prebuilt !== undefined && prebuilt.replace(/\.node$/, '') !== `${process.platform}-${process.arch}`) {
    return false;
  }
  return !SOURCES.some((source) => name === source || name.startsWith(`${source}/`));
}

/** As the npm package of this system's Node has it. */
function nodeLicence() {
  const place = join(PROJECT, 'node_modules', 'node');
  const system = process.platform === 'win32' ? 'win' : process.platform;
  const home = resolved(`node-${system}-${process.arch}`, place);
  const file = home === undefined ? undefined : join(home, 'LICENSE');
  if (file !== undefined && existsSync(file)) return readFileSync(file, 'utf8');
  const { version } = description(place);
  return `The licence of the Node.js in this package: https://github.com/nodejs/node/blob/v${version}/LICENSE\n`;
}

/**
 * Makes the directory `place` anew.
 * @param {string} place
 * @param {string} built where the compiler's output lies
 */
function stageEngine(place, built) {
  rmSync(place, { recursive: true, force: true });
  mkdirSync(join(place, 'dist'), { recursive: true });
  for (const name of PROGRAM) {
    cpSync(join(built, name), join(place, 'dist', name), {
      recursive: true,
      filter: (path) => !path.endsWith('.map'),
    });
  }
  const { name, version, type, license, dependencies, optionalDependencies } = description(PROJECT);
  writeFileSync(
    join(place, 'package.json'),
    `${JSON.stringify({ name, version, license, type }, undefined, 2)}\n`,
  );
  writeFileSync(join(place, 'NODE-LICENSE'), nodeLicence());
  /** @type {Map<string, string>} */
  const found = new Map();
  collect(needs({ dependencies, optionalDependencies }), PROJECT, found);
  for (const [path, directory] of found) {
    cpSync(directory, join(place, 'node_modules', path), {
      recursive: true,
      filter: (file) => isWanted(relative(join(PROJECT, 'node_modules'), file)),
    });
  }
}

// Other places may be named, so that a test can look at what comes out.
const [place = join(PROJECT, 'dist', 'beside'), built = join(PROJECT, 'dist')] = process.argv.slice(2);
stageEngine(place, built);
