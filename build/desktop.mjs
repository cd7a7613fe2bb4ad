/**
 * Starts the desktop app from a checkout, and tells `npm start` whether that can work here. Runs on Node 20.
 * Invariant: looking never downloads anything; Electron's own package would, when it is merely imported.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants as system } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));
/** Distributions that forbid it to ordinary programs, such as Ubuntu since 24.04, write 1 there. */
const NAMESPACES_RESTRICTED = '/proc/sys/kernel/apparmor_restrict_unprivileged_userns';
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
/** How Chromium ends itself when something it cannot do without is missing. */
const ABORTS = ['SIGABRT', 'SIGTRAP', 'SIGILL'];
/** It does so within a second; past this a person has seen the app, and its crash is another matter. Milliseconds. */
const START_LIMIT_MS = 10_000;

/**
 * The executable that `npx install-electron` fetched, or the one in ELECTRON_OVERRIDE_DIST_PATH.
 * @param {NodeJS.ProcessEnv} [env]
 * @param {string} [from] a directory whose node_modules are looked in
 * @returns {string | undefined}
 */
export function electronBinary(env = process.env, from = PROJECT) {
  const override = env.ELECTRON_OVERRIDE_DIST_PATH;
  try {
    const place = dirname(createRequire(join(from, 'package.json')).resolve('electron/package.json'));
    const named = join(place, 'path.txt');
    const name = existsSync(named) ? readFileSync(named, 'utf8').trim() : undefined;
    if (name === undefined && override === undefined) return undefined;
    const binary = join(override ?? join(place, 'dist'), name ?? 'electron');
    return existsSync(binary) ? binary : undefined;
  } catch {
    // A production install has no package `electron` at all.
    return undefined;
  }
}

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @param {NodeJS.Platform} [platform]
 * @returns {boolean}
 */
export function hasDisplay(env = process.env, platform = process.platform) {
  if (platform === 'win32' || platform === 'darwin') return true;
  return [env.DISPLAY, env.WAYLAND_DISPLAY].some((name) => name !== undefined && name !== '');
}

/**
 * Why the desktop app cannot start here, with what to do; undefined when it can.
 * @param {{ env?: NodeJS.ProcessEnv, platform?: NodeJS.Platform, uid?: number | undefined, from?: string }} [where]
 * @returns {string | undefined}
 */
export function desktopObstacle({
  env = process.env,
  platform = process.platform,
  uid = process.getuid?.(),
  from = PROJECT,
} = {}) {
  const binary = electronBinary(env, from);
  if (binary === undefined) {
    return 'Electron is not here yet. Type `npx install-electron` once to fetch it, then try again.';
  }
  if (!hasDisplay(env, platform)) {
    return 'There is no display (DISPLAY and WAYLAND_DISPLAY are empty). Type `npm start` for the screen in a browser.';
  }
  if (platform !== 'linux') return undefined;
  if (uid === 0) {
    return 'Electron does not run as root. Start it as an ordinary user, or type `npm start` for the screen in a browser.';
  }
  return sandboxObstacle(binary);
}

/** Chromium's sandbox needs either user namespaces or its helper owned by root. @param {string} binary */
function sandboxObstacle(binary) {
  const restricted =
    existsSync(NAMESPACES_RESTRICTED) && readFileSync(NAMESPACES_RESTRICTED, 'utf8').trim() === '1';
  const helper = join(dirname(binary), 'chrome-sandbox');
  if (!restricted || !existsSync(helper)) return undefined;
  const { uid, mode } = statSync(helper);
  if (uid === 0 && (mode & 0o4000) !== 0) return undefined;
  return (
    'This system lets no ordinary program make a sandbox. Type this once, then try again:\n' +
    `  sudo chown root:root '${helper}' && sudo chmod 4755 '${helper}'`
  );
}

/**
 * @typedef {object} Ended
 * @property {number} code
 * @property {string | undefined} aborted why the app could not even start, where Electron ended itself at once
 */

/**
 * Runs the app until it ends. The build must be there already.
 * @param {readonly string[]} words for the app itself
 * @returns {Promise<Ended>}
 */
export function runDesktop(words = []) {
  const binary = electronBinary();
  if (binary === undefined) return Promise.resolve({ code: 1, aborted: undefined });
  const startedAt = performance.now();
  const { ELECTRON_RUN_AS_NODE: _, ...env } = process.env;
  const child = spawn(binary, [PROJECT, ...words], { stdio: 'inherit', env });
  /** @param {NodeJS.Signals} signal */
  const passOn = (signal) => {
    // A terminal's Ctrl-C reaches the app by itself; this process only has to outlive it.
    if (signal !== 'SIGINT') child.kill(signal);
  };
  for (const name of SIGNALS) process.on(name, passOn);
  return new Promise((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`${binary} cannot be started: ${error.message}\n`);
      resolve({ code: 1, aborted: undefined });
    });
    child.once('exit', (code, signal) => {
      for (const name of SIGNALS) process.off(name, passOn);
      const atOnce = performance.now() - startedAt < START_LIMIT_MS;
      resolve({
        code: code ?? 128 + (system.signals[signal ?? 'SIGTERM'] ?? 0),
        aborted: atOnce && signal !== null && ABORTS.includes(signal) ? abortSentence(signal) : undefined,
      });
    });
  });
}

/** @param {string} signal */
function abortSentence(signal) {
  return (
    `Electron ended itself at once (${signal}). Most often that means that this system lets it make no sandbox; ` +
    'what it wrote above says so then.'
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [word, ...words] = process.argv.slice(2);
  const obstacle = desktopObstacle();
  if (obstacle !== undefined) {
    process.stderr.write(`${obstacle}\n`);
    process.exitCode = 1;
  } else if (word !== '--check') {
    // Asked alone before the build, so that nobody waits for it in vain.
    const { code, aborted } = await runDesktop(word === undefined ? [] : [word, ...words]);
    if (aborted !== undefined) {
      process.stderr.write(`${aborted} Type \`npm start\` for the screen in a browser.\n`);
    }
    process.exitCode = code;
  }
}
