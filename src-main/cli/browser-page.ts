/**
 * A page for the browser that leads on to the screen. Invariant: the address, which lets in whoever has it first, stands in a
 * file of this user alone and in no process's arguments, which all users can read.
 */
import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertPrivateDirectory } from '../ipc/unix-socket-place.ts';

const FILE_MODE = 0o600;
/** A browser that is not running yet takes so long to start on a busy machine. */
const KEPT_SECONDS = 30;

/** Its path. Throws PERMISSION_DENIED for a directory that others may enter. */
export function writeBrowserPage(directory: string, url: string): string {
  assertPrivateDirectory(directory);
  const path = join(directory, `open-${randomBytes(8).toString('hex')}.html`);
  writeFileSync(path, pageOf(url), { mode: FILE_MODE, flag: 'wx' });
  return path;
}

/** By a process of its own: nobody is to wait for a browser that starts. */
export function removeLater(path: string): void {
  const script = 'n=$1; while [ -e "$2" ] && [ "$n" -gt 0 ]; do sleep 1; n=$((n - 1)); done; rm -f -- "$2"';
  spawn('sh', ['-c', script, 'sh', String(KEPT_SECONDS), path], { stdio: 'ignore', detached: true }).unref();
}

function pageOf(url: string): string {
  const address = url.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  return `<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url=${address}">
<title>Orbit GhostFS</title>
<p><a href="${address}">Open the screen of Orbit GhostFS</a></p>
`;
}
