/**
 * What the first page asks of this machine: those checks of the doctor's that answer at once. Looks only, changes nothing; mounts
 * are not looked at. Invariant: a sentence says what is so now; what nobody knows yet is not called ready.
 */
import type { SetupCheck } from '../ipc/contract.ts';
import type { CatalogueState } from './catalogues.ts';
import { noCatalogueCheck } from './doctor/catalogue-checks.ts';
import { withStop, type Check } from './doctor/check.ts';
import { cacheDirectoryCheck, mountRootCheck } from './doctor/directory-checks.ts';
import { deviceCheck } from './doctor/fuse-checks.ts';
import { engineCheck } from './doctor/program-checks.ts';
import type { SettingValues } from './settings/setting-values.ts';
import type { Supervisor } from './supervisor.ts';

export async function checkSetup(supervisor: Supervisor, values: SettingValues): Promise<SetupCheck[]> {
  const places = await Promise.all([
    deviceCheck(values),
    mountRootCheck(values),
    checkCache(supervisor, values),
  ]);
  const checks = [
    ...places,
    engineCheck(supervisor.state().engine),
    ...catalogueChecks(supervisor.catalogues.states),
  ];
  return checks.map(setupCheck);
}

export function setupCheck({ name, level, sentence, remedy }: Check): SetupCheck {
  return { name, ok: level === 'ok', sentence: remedy === undefined ? sentence : `${sentence} ${remedy}` };
}

async function checkCache(supervisor: Supervisor, values: SettingValues): Promise<Check> {
  const check = await cacheDirectoryCheck(values);
  // What an engine said that is gone holds no more.
  const isKnown = supervisor.state().engine.state === 'running';
  const trouble = (isKnown && supervisor.cache.latest?.trouble) || undefined;
  if (check.level !== 'ok' || trouble === undefined) return check;
  return { name: check.name, level: 'problem', sentence: withStop(trouble) };
}

export function catalogueChecks(catalogues: readonly CatalogueState[]): readonly Check[] {
  if (catalogues.length === 0) return [noCatalogueCheck()];
  return catalogues.map(({ catalogue, problem, isRead }) => ({
    name: 'Catalogue',
    level: problem === undefined && isRead ? 'ok' : 'problem',
    sentence:
      problem !== undefined
        ? `${catalogue}: ${withStop(problem.sentence)}`
        : isRead
          ? `${catalogue} can be read.`
          : `${catalogue} has not been read yet; that takes a running engine.`,
  }));
}
