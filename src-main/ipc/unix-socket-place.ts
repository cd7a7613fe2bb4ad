/**
 * Where the control socket lies, for those who listen and those who call. Invariant: both trust only a real directory that
 * belongs to this user and that nobody else may enter.
 */
import { lstatSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { GhostError } from '../engine/errors.ts';
import { userDirectories } from '../supervisor/settings/directories.ts';

const SOCKET_FILE = 'control.sock';
const FOR_OTHERS = 0o077;
/** `sun_path` of Linux is 108 bytes, that of macOS 104, with the zero at the end; a longer path would be cut in silence. */
const MAX_PATH_BYTES = process.platform === 'darwin' ? 103 : 107;

/** Below $XDG_RUNTIME_DIR where there is one, else in the person's state directory. */
export function controlSocketPath(env: NodeJS.ProcessEnv = process.env): string {
  const runtime = env['XDG_RUNTIME_DIR'];
  const directory =
    runtime !== undefined && isAbsolute(runtime)
      ? join(runtime, 'orbit-ghost')
      : userDirectories(env, env['HOME'] ?? homedir()).state;
  return join(directory, SOCKET_FILE);
}

/** Throws for a path no socket can have. */
export function assertSocketPath(path: string): void {
  const length = Buffer.byteLength(path);
  if (length <= MAX_PATH_BYTES) return;
  throw new GhostError(
    'NAME_TOO_LONG',
    `The control socket cannot lie at ${path}: ${length} bytes, ${MAX_PATH_BYTES} are possible; set XDG_RUNTIME_DIR to a shorter path.`,
  );
}

/** Throws PERMISSION_DENIED unless the directory is a real one of this user alone. A missing one throws what lstat throws. */
export function assertPrivateDirectory(directory: string): void {
  const stats = lstatSync(directory);
  const { getuid } = process;
  const wrong = !stats.isDirectory()
    ? 'it is no directory; remove it'
    : getuid !== undefined && stats.uid !== getuid()
      ? `it belongs to user ${stats.uid}; remove it or set XDG_RUNTIME_DIR to a directory of your own`
      : (stats.mode & FOR_OTHERS) !== 0
        ? `other users may enter it; type \`chmod 700 ${directory}\``
        : undefined;
  if (wrong === undefined) return;
  throw new GhostError('PERMISSION_DENIED', `${directory} cannot hold the control socket: ${wrong}.`);
}
