/**
 * Whether this user can mount: the FUSE device, the helper that mounts for ordinary users, and what else they need of the
 * system's files. Looks only.
 */
import { constants } from 'node:fs';
import { access, open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../engine/errors.ts';
import type { SettingValues } from '../settings/setting-values.ts';
import { withStop, type Check } from './check.ts';

const HELPER = 'fusermount3';
const SET_USER_ID = 0o4000;

export interface FuseSurroundings {
  readonly uid: number;
  /** As in PATH. */
  readonly searchPath: string;
  readonly fuseConf: string;
  /** Of this process, as proc_pid_status(5). */
  readonly status: string;
}

export function usesKernelDriver({ driver }: Pick<SettingValues, 'driver'>): boolean {
  return driver === 'linux-kernel' || (driver === 'auto' && process.platform === 'linux');
}

export async function deviceCheck(values: Pick<SettingValues, 'driver'>): Promise<Check> {
  const name = 'FUSE';
  if (!usesKernelDriver(values)) {
    return { name, level: 'ok', sentence: 'The fuse-native driver is used; a mount tells whether it works.' };
  }
  if (process.platform !== 'linux') {
    const sentence = 'The driver "linux-kernel" needs Linux.';
    return { name, level: 'problem', sentence, remedy: 'Choose "auto" in the settings.' };
  }
  // Only now: it loads native code.
  const { attachObstacle, DEVICE } = await import('../../engine/fuse/kernel/mount.ts');
  const obstacle = await attachObstacle();
  if (obstacle !== undefined) return { name, level: 'problem', sentence: withStop(obstacle) };
  try {
    // A container may show the device and not let it be opened.
    await (await open(DEVICE, 'r+')).close();
    return { name, level: 'ok', sentence: `${DEVICE} is there and you may use it.` };
  } catch (error) {
    return {
      name,
      level: 'problem',
      sentence: `${DEVICE} is there and cannot be opened (${messageOf(error)}).`,
      remedy: `In a container, start it with --device ${DEVICE} --cap-add SYS_ADMIN.`,
    };
  }
}

/** What ordinary users need beside the device; nothing for root and for other systems. */
export async function helperChecks(surroundings = here()): Promise<readonly Check[]> {
  if (process.platform !== 'linux' || surroundings.uid === 0) return [];
  return await Promise.all([helperCheck(surroundings), allowOtherCheck(surroundings)]);
}

function here(): FuseSurroundings {
  return {
    uid: process.geteuid?.() ?? 0,
    searchPath: process.env['PATH'] ?? '/usr/bin:/bin',
    fuseConf: '/etc/fuse.conf',
    status: '/proc/self/status',
  };
}

async function helperCheck({ searchPath, status }: FuseSurroundings): Promise<Check> {
  const name = HELPER;
  const path = await firstExecutable(searchPath);
  if (path === undefined) {
    const sentence = `${HELPER} is missing, and without it only root can mount.`;
    return { name, level: 'problem', sentence, remedy: 'As root, type: apt-get install fuse3' };
  }
  const { mode, uid } = await stat(path);
  if ((mode & SET_USER_ID) === 0 || uid !== 0) {
    const sentence = `${path} does not run as root, so it cannot mount.`;
    const remedy = `As root, type: chown root ${path} && chmod u+s ${path}`;
    return { name, level: 'problem', sentence, remedy };
  }
  const text = await readFile(status, 'utf8').catch(() => '');
  if (/^NoNewPrivs:\s*1$/m.test(text)) {
    return {
      name,
      level: 'problem',
      sentence: `${path} gets no rights here: whoever started this forbade new ones (no_new_privs).`,
      remedy:
        'Leave out NoNewPrivileges= in the service, or --security-opt no-new-privileges of the container.',
    };
  }
  return { name, level: 'ok', sentence: `${path} mounts for you.` };
}

async function firstExecutable(searchPath: string): Promise<string | undefined> {
  for (const folder of searchPath.split(':')) {
    const path = join(folder === '' ? '.' : folder, HELPER);
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}

/** Nothing but `--allow-other` needs it, so its absence is no fault. */
async function allowOtherCheck({ fuseConf }: FuseSurroundings): Promise<Check> {
  const name = 'Other users';
  const text = await readFile(fuseConf, 'utf8').catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? '' : undefined,
  );
  if (text === undefined) {
    const sentence = `Whether --allow-other works is not known: ${fuseConf} may not be read.`;
    return { name, level: 'ok', sentence };
  }
  if (/^\s*user_allow_other\s*$/m.test(text)) {
    return { name, level: 'ok', sentence: 'You may mount with --allow-other.' };
  }
  return {
    name,
    level: 'ok',
    sentence: 'You may not mount with --allow-other, which nothing else needs.',
    remedy: `If you want it, write the line user_allow_other into ${fuseConf}, as root.`,
  };
}
