/**
 * Whether this machine can do what the product does, as sentences that say what to do. Looks only, changes nothing; mounts are
 * not looked at. Invariant: a sentence says what is so now; what nobody knows yet is not called ready.
 */
import { constants } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../engine/errors.ts';
import type { SetupCheck, State } from '../ipc/contract.ts';
import type { CatalogueState } from './catalogues.ts';
import type { SettingValues } from './settings/setting-values.ts';
import type { Supervisor } from './supervisor.ts';

export async function checkSetup(supervisor: Supervisor, values: SettingValues): Promise<SetupCheck[]> {
  const places = await Promise.all([
    checkFuse(values),
    checkDirectory('Mount folder', values.mountRoot, 'Choose another mount root in the settings.'),
    checkCache(supervisor, values.cacheDirectory),
  ]);
  return [
    ...places,
    engineCheck(supervisor.state().engine),
    ...catalogueChecks(supervisor.catalogues.states),
  ];
}

async function checkFuse({ driver }: SettingValues): Promise<SetupCheck> {
  const name = 'FUSE';
  const isKernel = driver === 'linux-kernel' || (driver === 'auto' && process.platform === 'linux');
  if (!isKernel)
    return { name, ok: true, sentence: 'The fuse-native driver is used; a mount tells whether it works.' };
  if (process.platform !== 'linux') {
    return {
      name,
      ok: false,
      sentence: 'The driver "linux-kernel" needs Linux. Choose "auto" in the settings.',
    };
  }
  // Only now: it loads native code.
  const { attachObstacle, DEVICE } = await import('../engine/fuse/kernel/mount.ts');
  const obstacle = await attachObstacle();
  if (obstacle !== undefined) return { name, ok: false, sentence: withStop(obstacle) };
  try {
    // A container may show the device and not let it be opened.
    await (await open(DEVICE, 'r+')).close();
    return { name, ok: true, sentence: `${DEVICE} is there and you may use it.` };
  } catch (error) {
    const sentence = `${DEVICE} is there and cannot be opened (${messageOf(error)}); in a container, start it with --device ${DEVICE} --cap-add SYS_ADMIN.`;
    return { name, ok: false, sentence };
  }
}

async function checkCache(supervisor: Supervisor, directory: string): Promise<SetupCheck> {
  const check = await checkDirectory('Cache', directory, 'Choose another cache directory in the settings.');
  // What an engine said that is gone holds no more.
  const isKnown = supervisor.state().engine.state === 'running';
  const trouble = (isKnown && supervisor.cache.latest?.trouble) || undefined;
  if (!check.ok || trouble === undefined) return check;
  return { ...check, ok: false, sentence: withStop(trouble) };
}

const ENGINE_NOW: Readonly<Record<State['engine']['state'], string>> = {
  starting: 'The engine is starting; check again in a moment.',
  running: 'The engine runs.',
  restarting: 'The engine is starting again; check again in a moment.',
  stopping: 'The engine is ending.',
  failed: 'The engine does not run; mount a job to start it.',
};

export function engineCheck({ state, sentence }: State['engine']): SetupCheck {
  return { name: 'Engine', ok: state === 'running', sentence: sentence ?? ENGINE_NOW[state] };
}

export function catalogueChecks(catalogues: readonly CatalogueState[]): SetupCheck[] {
  const name = 'Catalogue';
  if (catalogues.length === 0) {
    const sentence = 'There is no catalogue yet. Add one, publish a folder, or try the demo.';
    return [{ name, ok: false, sentence }];
  }
  return catalogues.map(({ catalogue, problem, isRead }) => ({
    name,
    ok: problem === undefined && isRead,
    sentence:
      problem !== undefined
        ? `${catalogue}: ${withStop(problem.sentence)}`
        : isRead
          ? `${catalogue} can be read.`
          : `${catalogue} has not been read yet; that takes a running engine.`,
  }));
}

/** Whether it is, or could be made, a directory that may be written to. */
async function checkDirectory(name: string, path: string, remedy: string): Promise<SetupCheck> {
  try {
    const existing = await nearestExisting(path);
    if (!(await stat(existing)).isDirectory()) {
      return { name, ok: false, sentence: `${existing} is not a directory. ${remedy}` };
    }
    await access(existing, constants.W_OK | constants.X_OK);
    const found = existing === path ? 'can be written to' : 'will be made when it is needed';
    return { name, ok: true, sentence: `${path} ${found}.` };
  } catch (error) {
    return { name, ok: false, sentence: `${path} cannot be written to (${messageOf(error)}). ${remedy}` };
  }
}

async function nearestExisting(path: string): Promise<string> {
  for (let current = path; ; current = dirname(current)) {
    const isThere = await stat(current).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false;
        throw error;
      },
    );
    if (isThere || dirname(current) === current) return current;
  }
}

function withStop(sentence: string): string {
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}
