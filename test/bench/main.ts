/**
 * `npm run bench`: our drivers beside rclone and libfuse on this machine, in one run. Invariant: whatever happens,
 * Ctrl-C too, every mount, process and file of it is gone afterwards.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cleanUpSince } from '../helpers/system-cleanup.ts';
import { createTestRoot, mountObstacle, newDirectory, removeRoot } from '../helpers/system.ts';
import { writeSeededFile } from '../helpers/tree.ts';
import { cachedSection, diskSection } from './cached.ts';
import { coldSection } from './cold.ts';
import { describeMachine, renderMachine } from './machine.ts';
import { renderSection } from './report.ts';
import type { Section } from './report.ts';
import { startSection } from './start.ts';
import { screenSection } from './screen.ts';

const MIB = 2 ** 20;
const SECTIONS = {
  cached: cachedSection,
  disk: diskSection,
  cold: coldSection,
  screen: screenSection,
  start: startSection,
} as const;
type SectionName = keyof typeof SECTIONS;

const HELP = `Usage: npm run bench -- [--only SECTIONS] [--runs N] [--size MIB] [--json FILE] [--assert]
  --only SECTIONS  some of ${Object.keys(SECTIONS).join(', ')}, separated by commas; all unless said otherwise
  --runs N         passes per figure, of which the median counts (3)
  --size MIB       size of the file that is read (1024)
  --json FILE      writes every figure to FILE too
  --assert         exit code 1 when a bar is missed
`;

interface Settings {
  readonly sections: readonly SectionName[];
  readonly runs: number;
  readonly bytes: number;
  readonly json: string | undefined;
  readonly assert: boolean;
}

class UsageError extends Error {}

function isSection(name: string): name is SectionName {
  return Object.hasOwn(SECTIONS, name);
}

function positive(text: string, option: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new UsageError(`${option} takes a whole number above 0, not "${text}"`);
}

function readSettings(): Settings | undefined {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: Object.keys(SECTIONS).join(',') },
      runs: { type: 'string', default: '3' },
      size: { type: 'string', default: '1024' },
      json: { type: 'string' },
      assert: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const names = values.only.split(',');
  const sections = names.filter(isSection);
  if (sections.length !== names.length) {
    throw new UsageError(`--only takes some of ${Object.keys(SECTIONS).join(', ')}, not "${values.only}"`);
  }
  const size = positive(values.size, '--size');
  // The cold section reads 200 MiB of it.
  if (size < 256) throw new UsageError(`--size takes at least 256, not ${String(size)}`);
  return {
    sections,
    runs: positive(values.runs, '--runs'),
    bytes: size * MIB,
    json: values.json,
    assert: values.assert,
  };
}

function say(text: string): void {
  process.stdout.write(text);
}

async function bench({ sections, runs, bytes, json }: Settings): Promise<readonly Section[]> {
  const tree = join(newDirectory('bench'), 'tree');
  const file = 'large.bin';
  mkdirSync(tree);
  writeSeededFile(join(tree, file), bytes, 1);
  const machine = await describeMachine();
  say(renderMachine(machine));
  const results: Section[] = [];
  for (const name of sections) {
    const progress = (line: string): void => {
      process.stderr.write(`${name}: ${line}\n`);
    };
    const section = await SECTIONS[name]({ tree, file, runs, progress });
    say(`\n${renderSection(section)}`);
    results.push(section);
  }
  if (json !== undefined)
    writeFileSync(json, `${JSON.stringify({ machine, runs, bytes, sections: results }, null, 2)}\n`);
  return results;
}

let release: Promise<void> | undefined;

/** Gives everything back, once, whoever asks first. */
function releaseEverything(root: string): Promise<void> {
  release ??= cleanUpSince(0).finally(() => {
    removeRoot(root);
  });
  return release;
}

/** Exit code. */
async function main(): Promise<number> {
  const settings = readSettings();
  if (settings === undefined) {
    say(HELP);
    return 0;
  }
  const obstacle = mountObstacle();
  if (obstacle !== undefined) throw new UsageError(`nothing can be measured here: ${obstacle}`);
  // The tree, its copies in two caches, and as much again.
  const root = createTestRoot(settings.bytes * 4);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void releaseEverything(root).finally(() => process.exit(130));
    });
  }
  try {
    const sections = await bench(settings);
    const missed = sections.flatMap(({ bars }) => bars).filter(({ held }) => !held);
    return settings.assert && missed.length > 0 ? 1 : 0;
  } finally {
    await releaseEverything(root);
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof UsageError || (error instanceof TypeError && 'code' in error);
  process.stderr.write(
    `bench: ${isUsage ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
  );
  process.exitCode = isUsage ? 2 : 1;
}
