/**
 * Whether anybody shows tray icons. On Linux that is a StatusNotifier host, which many desktops lack; the session bus knows,
 * asked through whichever of its small programs is installed. Invariant: no clear yes means no.
 */
import { execFile } from 'node:child_process';

const WATCHER = 'org.kde.StatusNotifierWatcher';
const OBJECT = '/StatusNotifierWatcher';
const PROPERTY = 'IsStatusNotifierHostRegistered';
/** The bus answers in milliseconds; a person waits for the window to close meanwhile. */
const LIMIT_MS = 2_000;

const QUESTIONS: readonly (readonly [command: string, ...words: string[]])[] = [
  ['busctl', '--user', '--auto-start=no', 'get-property', WATCHER, OBJECT, WATCHER, PROPERTY],
  [
    'gdbus',
    'call',
    '--session',
    '--dest',
    WATCHER,
    '--object-path',
    OBJECT,
    '--method',
    'org.freedesktop.DBus.Properties.Get',
    WATCHER,
    PROPERTY,
  ],
  [
    'dbus-send',
    '--session',
    '--print-reply=literal',
    `--dest=${WATCHER}`,
    OBJECT,
    'org.freedesktop.DBus.Properties.Get',
    `string:${WATCHER}`,
    `string:${PROPERTY}`,
  ],
];

/** Never rejects. */
export async function isTrayShown(
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
): Promise<boolean> {
  if (platform !== 'linux') return true;
  for (const [command, ...words] of QUESTIONS) {
    if (saysYes(await answer(command, words, env))) return true;
  }
  return false;
}

/** `b true`, `(<true>,)` or `variant boolean true`. */
export function saysYes(answer: string): boolean {
  return /(?:^b|<|\bboolean)\s*true\b/.test(answer.trim());
}

/** What it wrote; empty when it is not installed, fails or takes too long. */
function answer(command: string, words: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, words, { env, timeout: LIMIT_MS }, (error, stdout) => resolve(error ? '' : stdout));
  });
}
