/** The programs whose screens are taken: with nothing in it, with much going on, and with everything that can go wrong. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { start } from '../helpers/child.ts';
import type { Child } from '../helpers/child.ts';
import { newDirectory } from '../helpers/system.ts';
import { addJob, newCatalogue } from './catalogues.ts';
import type { SimulatedFile } from './catalogues.ts';
import { startProgram } from './running-program.ts';
import type { RunningProgram } from './running-program.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

export interface Scene {
  readonly program: RunningProgram;
  end(): Promise<void>;
}

export const BUSY_JOB = 'Sentinel-2 mosaics 2024';
export const BUSY_FILE = 'T31UDQ_20240501.zip';
export const BROKEN_JOB = 'Genome panel GRCh38';
export const BROKEN_FILE = 'sample-0001.cram';
export const BLOCKED_JOB = 'Film rushes, day 12';
export const EMPTY_JOB = 'Tides, to be measured';
export const USED_JOB = 'Survey of the north';

const TILES: readonly SimulatedFile[] = ['B02', 'B03', 'B04', 'B08', 'B11', 'B12', 'SCL', 'TCI'].map(
  (band, index) => ({ name: `T31UDQ_20240501_${band}.tif`, size: (60 + index * 37) * 8 * MIB }),
);
const RUSHES: readonly SimulatedFile[] = Array.from({ length: 24 }, (_, index) => ({
  name: `A012_C${String(index + 1).padStart(3, '0')}_0612.mov`,
  size: (3 + (index % 5)) * GIB,
}));
const GENOMES: readonly SimulatedFile[] = Array.from({ length: 40 }, (_, index) => ({
  name: `sample-${String(index + 1).padStart(4, '0')}.cram`,
  size: (20 + index) * GIB,
}));

async function mount(program: RunningProgram, name: string): Promise<string> {
  const { key } = await program.job(name);
  return (await program.client.call('jobs.mount', { job: key })).mountPoint;
}

async function pin(program: RunningProgram, name: string, path: string): Promise<void> {
  const { key } = await program.job(name);
  await program.client.call('cache.pin', { job: key, path });
}

/** Read during all of the pictures. */
const LARGE: SimulatedFile = { name: BUSY_FILE, size: 6 * GIB };

/** A first run: nothing was ever set up. */
export async function emptyScene(): Promise<Scene> {
  const program = await startProgram();
  return { program, end: () => program.stop() };
}

/** A job without files, and one that somebody uses without reading. */
export async function quietScene(): Promise<Scene> {
  const home = newDirectory('home');
  const surveys = join(home, 'surveys');
  mkdirSync(surveys);
  const [database, other] = [newCatalogue(home), newCatalogue(surveys)];
  addJob(database, { name: EMPTY_JOB, files: [] });
  addJob(other, { name: USED_JOB, files: TILES });
  const program = await startProgram({
    home,
    settings: `catalogues = [${JSON.stringify(database)}, ${JSON.stringify(other)}]\n`,
  });
  const directory = await mount(program, USED_JOB);
  const user = await start('sh', ['-c', 'exec sleep 3600'], { cwd: directory });
  return {
    program,
    end: async () => {
      await user.stop({ signal: 'SIGKILL' });
      await program.stop();
    },
  };
}

/** Three jobs are read from at different speeds, one after the other file, until the end. */
export async function busyScene(): Promise<Scene> {
  const home = newDirectory('home');
  const database = newCatalogue(home);
  addJob(database, {
    name: BUSY_JOB,
    files: [...TILES, LARGE],
    source: 'sim:?latency=60ms&bandwidth=16MB/s',
  });
  addJob(database, {
    name: BLOCKED_JOB,
    files: RUSHES,
    source: 'sim:?latency=20ms&bandwidth=8MB/s',
  });
  addJob(database, { name: BROKEN_JOB, files: GENOMES, source: 'sim:?latency=200ms&bandwidth=2MB/s' });
  addJob(database, { name: USED_JOB, files: TILES.slice(0, 3) });
  const program = await startProgram({
    home,
    settings: `catalogues = [${JSON.stringify(database)}]\n\n[cache]\nlimit = "20GiB"\n`,
  });
  const readers: Child[] = [];
  for (const [name, command] of [
    [BUSY_JOB, `exec sha256sum '${BUSY_FILE}'`],
    [BLOCKED_JOB, 'for file in *; do head -c 120M "$file" | wc -c; done'],
    [BROKEN_JOB, 'for file in *; do head -c 20M "$file" | wc -c; done'],
  ] as const) {
    const directory = await mount(program, name);
    readers.push(await start('sh', ['-c', command], { cwd: directory, discardStdout: true }));
  }
  await pin(program, BUSY_JOB, 'T31UDQ_20240501_B02.tif');
  await pin(program, USED_JOB, '');
  return {
    program,
    end: async () => {
      for (const reader of readers) await reader.stop({ signal: 'SIGKILL' });
      await program.stop();
    },
  };
}

/** A catalogue that is missing, a mount that cannot be, a source that fails every read. */
export async function errorScene(): Promise<Scene> {
  const home = newDirectory('home');
  const database = newCatalogue(home);
  addJob(database, { name: BUSY_JOB, files: TILES });
  addJob(database, {
    name: BROKEN_JOB,
    files: GENOMES,
    source: 'sim:?latency=0&error-rate=1',
  });
  addJob(database, { name: BLOCKED_JOB, files: RUSHES });
  const missing = join(home, 'archive.db');
  const program = await startProgram({
    home,
    settings: `catalogues = [${JSON.stringify(database)}, ${JSON.stringify(missing)}]\ndeadline = 2\n`,
  });
  const place = await mount(program, BROKEN_JOB);
  await mount(program, BUSY_JOB);
  const reader = await start('sh', ['-c', 'cat sample-0001.cram sample-0002.cram'], {
    cwd: place,
    discardStdout: true,
  });
  await reader.exited;
  await pin(program, BROKEN_JOB, BROKEN_FILE);
  const { mountPoint } = await program.job(BLOCKED_JOB);
  mkdirSync(mountPoint, { recursive: true });
  writeFileSync(join(mountPoint, 'notes.txt'), 'somebody else is here');
  await mount(program, BLOCKED_JOB).catch(() => undefined);
  return { program, end: () => program.stop() };
}

/** A settings file that cannot be read. */
export async function mistakenScene(): Promise<Scene> {
  const program = await startProgram({ settings: 'deadline = "soon\n' });
  return { program, end: () => program.stop() };
}
