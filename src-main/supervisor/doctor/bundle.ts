/**
 * Packs texts into one compressed archive with the system's tar. Invariant: nobody but its owner can read it, at any moment;
 * no file is written over; nothing else is left behind.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { copyFile, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GhostError, messageOf } from '../../engine/errors.ts';
import { makeDirectory } from '../../engine/make-directory.ts';
import type { BundlePart } from './bundle-parts.ts';

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
/** The one folder in it. */
const FOLDER = 'orbit-ghost-support';

/** `file` is absolute. Its path. Rejects with PERMISSION_DENIED where it cannot be written, UNSUPPORTED without tar. */
export async function writeBundle(file: string, parts: readonly BundlePart[]): Promise<string> {
  let place: string | undefined;
  try {
    makeDirectory(dirname(file), DIRECTORY_MODE);
    // Beside it, where there is room for it as well. For its owner alone, as mkdtemp makes it.
    place = await mkdtemp(join(dirname(file), '.orbit-ghost-support-'));
    const folder = join(place, FOLDER);
    makeDirectory(folder, DIRECTORY_MODE);
    for (const { name, text } of parts) await writeFile(join(folder, name), text, { mode: FILE_MODE });
    const archive = join(place, 'archive');
    await (await open(archive, 'wx', FILE_MODE)).close();
    await tar(['-czf', archive, '-C', place, FOLDER]);
    // Unlike a rename it refuses where there is something. The mode goes along.
    await copyFile(archive, file, constants.COPYFILE_EXCL);
    return file;
  } catch (cause) {
    if (cause instanceof GhostError) throw cause;
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    const why = exists ? 'there is something of that name; choose another' : messageOf(cause);
    throw new GhostError('PERMISSION_DENIED', `The support bundle ${file} cannot be written: ${why}.`, {
      cause,
    });
  } finally {
    if (place !== undefined) await rm(place, { recursive: true, force: true });
  }
}

async function tar(args: readonly string[]): Promise<void> {
  const child = spawn('tar', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaint += chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', (cause) =>
      reject(
        new GhostError('UNSUPPORTED', 'The program tar is missing; install it to write a support bundle.', {
          cause,
        }),
      ),
    );
  });
  if (code !== 0) throw new Error(complaint.trim() || 'tar failed');
}
