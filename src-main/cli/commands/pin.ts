/**
 * `orbit-ghost pin` and `unpin`: what is to be readable without a network. A pin stands once it is noted; this command then only
 * watches how it is fetched. Standard output carries one line for each path, or the list.
 */
import { systemClock } from '../../engine/clock.ts';
import type { Client } from '../../ipc/client.ts';
import type { Pin } from '../../ipc/contract.ts';
import { formatBytes, formatCount } from '../../output/format.ts';
import { ownCommand } from '../../output/own-command.ts';
import { printable } from '../../output/printable.ts';
import { onStopSignals } from '../../stop-signals.ts';
import { openByteBar } from '../byte-bar.ts';
import { EXIT_OK } from '../failure.ts';
import type { Outcome } from '../leave.ts';
import { placeOf, type Place } from '../places.ts';
import { firstOf, withRunning } from '../running.ts';
import { renderTable } from '../table.ts';

export interface PinCommand {
  /** As typed; none: the list is wanted. */
  readonly paths: readonly string[];
  /** Whether to stay until all is fetched, or cannot be. */
  readonly wait: boolean;
  readonly json: boolean;
}

export interface UnpinCommand {
  readonly paths: readonly string[];
}

/** The program looks no more often. */
const LOOK_MS = 1_000;

export async function pinCommand({ paths, wait, json }: PinCommand): Promise<Outcome> {
  const text = await withRunning(async (client) => {
    if (paths.length === 0) {
      const { pins } = await client.call('cache.status', {});
      return json ? JSON.stringify(pins, null, 2) : pinsText(pins);
    }
    const places = await placesOf(client, paths);
    for (const { job, path } of places) await client.call('cache.pin', { job: job.key, path });
    const pins = wait ? await followed(client, places) : await pinsAt(client, places);
    if (json) return JSON.stringify(pins, null, 2);
    return pins.map((pin) => printable(`pinned ${pinText(pin)}`)).join('\n');
  });
  process.stdout.write(`${text}\n`);
  return { code: EXIT_OK, atOnce: false };
}

export async function unpinCommand({ paths }: UnpinCommand): Promise<Outcome> {
  const lines = await withRunning(async (client) => {
    const told: string[] = [];
    for (const [index, { job, path }] of (await placesOf(client, paths)).entries()) {
      const { files, cachedBytes } = await client.call('cache.unpin', { job: job.key, path });
      const name = paths[index] ?? '';
      told.push(
        files === 0
          ? `${name} is not pinned`
          : `unpinned ${name}: ${countOf(files)}; the ${formatBytes(cachedBytes)} of it in the cache stay until room is needed`,
      );
    }
    return told;
  });
  process.stdout.write(`${lines.map(printable).join('\n')}\n`);
  return { code: EXIT_OK, atOnce: false };
}

export async function placesOf(client: Client, paths: readonly string[]): Promise<readonly Place[]> {
  const { jobs } = await firstOf(client, 'state', {});
  const places: Place[] = [];
  for (const typed of paths) places.push(await placeOf(typed, jobs));
  return places;
}

/** What keeps these places: their own pins or those of folders above. */
async function pinsAt(client: Client, places: readonly Place[]): Promise<readonly Pin[]> {
  const { pins } = await client.call('cache.status', {});
  return pins.filter((pin) => places.some((place) => keeps(pin, place)));
}

function keeps({ job, path: root }: Pin, { job: { key }, path }: Place): boolean {
  return job === key && (root === '' || root === path || path.startsWith(`${root}/`));
}

/** As they are when nothing more is fetched, or when the person does not want to watch any longer: fetching goes on then. */
async function followed(client: Client, places: readonly Place[]): Promise<readonly Pin[]> {
  const left = new AbortController();
  const stop = (): void => left.abort();
  const unlisten = onStopSignals({ first: stop, again: stop });
  const bar = openByteBar('Fetching');
  try {
    for (;;) {
      const pins = await pinsAt(client, places);
      const sum = (field: 'bytes' | 'cachedBytes'): number =>
        pins.reduce((total, pin) => total + pin[field], 0);
      bar.update(sum('cachedBytes'), sum('bytes'));
      if (left.signal.aborted || pins.every(({ state }) => state !== 'fetching')) return pins;
      await pause(LOOK_MS, left.signal);
    }
  } finally {
    bar.close();
    unlisten();
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = systemClock.after(ms, resolve);
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  cancel();
}

function pinsText(pins: readonly Pin[]): string {
  if (pins.length === 0)
    return `Nothing is pinned; \`${ownCommand()} pin PATH\` keeps a file or a folder offline.`;
  return renderTable(
    [
      { title: 'JOB', align: 'left', max: 20 },
      { title: 'PATH', align: 'left', max: 36 },
      { title: 'FILES', align: 'right' },
      { title: 'CACHED', align: 'right' },
      { title: 'OF', align: 'right' },
      { title: 'STATE', align: 'left', max: 120 },
    ],
    pins.map(({ name, path, files, bytes, cachedBytes, state, reason }) => [
      name,
      path === '' ? '/' : path,
      formatCount(files),
      formatBytes(cachedBytes),
      formatBytes(bytes),
      reason === null ? state : `${state}: ${reason}`,
    ]),
  );
}

/** `films in survey: 3 files, all of 2 GiB cached`. */
export function pinText({ name, path, files, bytes, cachedBytes, state, reason }: Pin): string {
  const what = `${path === '' ? 'all' : path} in ${name}: ${countOf(files)}`;
  if (state === 'kept') return `${what}, all of ${formatBytes(bytes)} cached`;
  const rest = reason ?? 'The rest is fetched in the background while the job is mounted.';
  return `${what}, ${formatBytes(cachedBytes)} of ${formatBytes(bytes)} cached. ${rest}`;
}

function countOf(files: number): string {
  return files === 1 ? '1 file' : `${formatCount(files)} files`;
}
