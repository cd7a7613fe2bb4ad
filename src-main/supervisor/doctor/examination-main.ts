/**
 * A process that looks at everything the program needs, tells what it finds, and is killed then: a dead network disk, a
 * catalogue of gigabytes or a mount that hangs holds up nobody else. Groups of checks run side by side.
 */
import { systemClock } from '../../engine/clock.ts';
import { messageOf } from '../../engine/errors.ts';
import { inTime } from '../../engine/in-time.ts';
import { examineCatalogue, noCatalogueCheck } from './catalogue-checks.ts';
import { shownCheck, withStop, type Check } from './check.ts';
import { clockCheck } from './clock-check.ts';
import {
  cacheDirectoryCheck,
  cacheUserCheck,
  logDirectoryCheck,
  mountRootCheck,
  spaceCheck,
} from './directory-checks.ts';
import type { ExaminationOrder, FromExamination } from './examination-messages.ts';
import { deviceCheck, helperChecks, usesKernelDriver } from './fuse-checks.ts';
import { keyChecks } from './key-checks.ts';
import { mountChecks } from './mount-checks.ts';
import { sourceChecks } from './source-checks.ts';
import { trialMountCheck } from './trial-mount.ts';
import { updatedbCheck } from './updatedb-check.ts';

/** Longer than each of them allows itself, so that only what hangs in the system is cut off. */
const GROUP_LIMIT_MS = 50_000;

interface Group {
  readonly title: string;
  readonly look: () => Promise<readonly Check[]>;
}

function send(message: FromExamination): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}

async function mountingChecks(order: ExaminationOrder): Promise<readonly Check[]> {
  const device = await deviceCheck(order.values);
  const helper = usesKernelDriver(order.values) ? await helperChecks() : [];
  // Before the trial, which would be found among the mounts.
  const mounts = await mountChecks();
  const isPossible = usesKernelDriver(order.values) && device.level === 'ok';
  return [device, ...helper, ...(isPossible ? [await trialMountCheck()] : []), ...mounts];
}

function localGroups(order: ExaminationOrder): readonly Group[] {
  const { values, logDirectory, program } = order;
  return [
    { title: 'Mounting', look: async () => await mountingChecks(order) },
    { title: 'Mount folder', look: async () => [await mountRootCheck(values)] },
    {
      title: 'Cache',
      look: async () => [
        await cacheDirectoryCheck(values),
        ...(await cacheUserCheck(values, program)),
        await spaceCheck(values),
      ],
    },
    { title: 'Log folder', look: async () => [await logDirectoryCheck(logDirectory)] },
    { title: 'HMAC keys', look: () => Promise.resolve(keyChecks(values)) },
    { title: 'updatedb', look: async () => [await updatedbCheck(values.mountRoot)] },
  ];
}

function catalogueGroups({ values }: ExaminationOrder): readonly Group[] {
  const catalogues = [...new Set(values.catalogues)].map((database) => examineCatalogue(database));
  const jobs = Promise.all(catalogues.map((catalogue) => catalogue.jobs)).then((lists) => lists.flat());
  const checks =
    catalogues.length === 0
      ? Promise.resolve([noCatalogueCheck()])
      : Promise.all(catalogues.map((catalogue) => catalogue.checks)).then((lists) => lists.flat());
  return [
    { title: 'Catalogues', look: () => checks },
    { title: 'Sources', look: async () => await sourceChecks(await jobs) },
    { title: 'Clock', look: async () => [await clockCheck(await jobs)] },
  ];
}

async function lookAt({ title, look }: Group): Promise<readonly Check[]> {
  try {
    const checks = await inTime(look(), GROUP_LIMIT_MS, systemClock);
    if (checks !== undefined) return checks;
    const sentence = `It did not answer within ${GROUP_LIMIT_MS / 1000} s; a disk or a mount may hang.`;
    return [{ name: title, level: 'problem', sentence }];
  } catch (error) {
    return [
      { name: title, level: 'problem', sentence: withStop(`It cannot be looked at: ${messageOf(error)}`) },
    ];
  }
}

async function mend(order: ExaminationOrder): Promise<void> {
  for (const check of (await Promise.all(localGroups(order).map(lookAt))).flat()) {
    if (check.mend === undefined) continue;
    try {
      await send({ kind: 'mended', sentence: await check.mend() });
    } catch (error) {
      const sentence = withStop(`${check.name} could not be mended: ${messageOf(error)}`);
      await send({ kind: 'mended', sentence });
    }
  }
}

async function examine(order: ExaminationOrder): Promise<void> {
  if (order.mend) await mend(order);
  const groups = [...localGroups(order), ...catalogueGroups(order)];
  await Promise.all(
    groups.map(async (group, index) => {
      const checks = await lookAt(group);
      await send({ kind: 'checks', group: index, checks: checks.map(shownCheck) });
    }),
  );
  await send({ kind: 'done' });
}

process.once('message', (order: ExaminationOrder) => void examine(order));
// Whoever asked is gone.
process.once('disconnect', () => process.exit());
