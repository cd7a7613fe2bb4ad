/**
 * What a support bundle says, as texts: versions, checks, settings, the program's state and its log. Invariant: state and
 * settings are picked field by field, everything that people wrote goes through the redactor, and no catalogue, no cached
 * block, no token and no environment is read.
 */
import { readdir, readFile } from 'node:fs/promises';
import { hostname, release, totalmem, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HealthCheck, State } from '../../ipc/contract.ts';
import type { SettingsStore } from '../settings/settings.ts';
import { Redactor } from './redaction.ts';

/** The end of each log file; a few thousand lines. Characters. */
const LOG_CHARACTERS = 512 * 1024;
/** Of ours or of Node's: words that sentences need, though a machine or a user may be called so. */
const COMMON_NAMES = new Set([
  'root',
  'user',
  'localhost',
  'linux',
  'ghost',
  'orbit',
  'node',
  'engine',
  'cache',
]);
const PROGRAM = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

export interface BundlePart {
  readonly name: string;
  readonly text: string;
}

export interface BundleSubject {
  readonly version: string;
  readonly settings: SettingsStore;
  readonly checks: readonly HealthCheck[];
  readonly logDirectory: string;
  /** Undefined when the program does not run. */
  readonly state: State | undefined;
}

export async function bundleParts(subject: BundleSubject): Promise<readonly BundlePart[]> {
  const redactor = redactorFor(subject);
  const { state, checks } = subject;
  return [
    { name: 'README.txt', text: README },
    json('versions.json', versions(subject.version)),
    json(
      'checks.json',
      checks.map(({ name, level, sentence, remedy }) => ({
        name,
        level,
        sentence: redactor.text(sentence),
        remedy: remedy === null ? null : redactor.text(remedy),
      })),
    ),
    json('settings.json', settingsOf(subject.settings, redactor)),
    ...(state === undefined ? [] : [json('state.json', stateOf(state, redactor))]),
    ...(await logsOf(subject.logDirectory, redactor)),
  ];
}

const README = `A support bundle of Orbit GhostFS: versions, checks, settings, state, and the end of its log.

Taken out: names of files, folders, jobs, catalogues, people and machines, paths, addresses with everything in them, and
whatever looks like a key. Each became a mark such as <1a2b3c>; the same mark is the same name, in this bundle only.
Not in here: catalogues, cached data, tokens, and environment variables.
Look through it before you pass it on: no program knows all that you would keep to yourself.
`;

function json(name: string, value: unknown): BundlePart {
  return { name, text: `${JSON.stringify(value, null, 2)}\n` };
}

function redactorFor({ settings, logDirectory, state }: BundleSubject): Redactor {
  const { catalogues, mountRoot, cacheDirectory } = settings.values;
  const names = [userInfo().username, hostname()].filter((name) => !COMMON_NAMES.has(name.toLowerCase()));
  const jobs = state?.jobs ?? [];
  return new Redactor({
    secret: [
      ...names,
      mountRoot,
      ...catalogues,
      ...catalogues.map((catalogue) => dirname(catalogue)),
      ...jobs.flatMap(({ name, mountPoint, sources }) => [name, mountPoint, ...sources]),
      ...(state?.tasks ?? []).map(({ title }) => title),
    ],
    own: new Map([
      [cacheDirectory, '<cache directory>'],
      [logDirectory, '<log directory>'],
      [dirname(settings.describe().file), '<settings directory>'],
      [PROGRAM, '<program>'],
    ]),
  });
}

function versions(version: string): Record<string, unknown> {
  const { node, electron, uv, v8 } = process.versions;
  return {
    product: version,
    node,
    electron: electron ?? null,
    v8,
    uv,
    platform: process.platform,
    architecture: process.arch,
    kernel: release(),
    memoryBytes: totalmem(),
    isRoot: process.geteuid?.() === 0,
  };
}

function settingsOf(settings: SettingsStore, redactor: Redactor): unknown {
  const { fields, problem } = settings.describe();
  return {
    problem: problem === null ? null : redactor.text(problem),
    fields: fields.map(({ key, kind, value, overriddenBy }) => ({
      key,
      value:
        kind === 'path' || kind === 'paths'
          ? [value].flat().map((path) => redactor.text(String(path)))
          : value,
      overriddenBy,
    })),
  };
}

function stateOf({ engine, paused, jobs, catalogues, tasks }: State, redactor: Redactor): unknown {
  const said = (problem: { readonly code: string; readonly sentence: string } | null): unknown =>
    problem === null ? null : { code: problem.code, sentence: redactor.text(problem.sentence) };
  return {
    engine: { ...engine, sentence: engine.sentence === null ? null : redactor.text(engine.sentence) },
    paused,
    jobs: jobs.map(({ id, name, catalogue, state, source, sources, files, bytes, cachedBytes, problem }) => ({
      id,
      name: redactor.text(name),
      catalogue: redactor.text(catalogue),
      state,
      source,
      schemes: sources.map((uri) => /^[a-z][a-z0-9+.-]*(?=:)/i.exec(uri)?.[0] ?? 'path'),
      files,
      bytes,
      cachedBytes,
      problem: said(problem),
    })),
    catalogues: catalogues.map(({ path, jobs: count, problem }) => ({
      path: redactor.text(path),
      jobs: count,
      problem: said(problem),
    })),
    tasks: tasks.map(({ kind, state, progress, problem }) => ({
      kind,
      state,
      progress,
      problem: said(problem),
    })),
  };
}

/** Of this run and of those before. */
async function logsOf(directory: string, redactor: Redactor): Promise<readonly BundlePart[]> {
  const names = (await readdir(directory).catch(() => [])).filter((name) =>
    /^orbit-ghost[\w.-]*\.log$/.test(name),
  );
  return await Promise.all(
    names.toSorted().map(async (name) => {
      const text = await readFile(join(directory, name), 'utf8').catch(() => '');
      const isCut = text.length > LOG_CHARACTERS;
      const lines = text.slice(-LOG_CHARACTERS).split('\n');
      // The first of what was cut off is half a line.
      const whole = isCut ? lines.slice(1) : lines;
      return { name, text: whole.map((line) => redactor.text(line)).join('\n') };
    }),
  );
}
