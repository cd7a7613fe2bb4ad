/**
 * Programs that read a mount over and over while a test does harm: `cmp` of 2 GiB, fio's verification, a walk through every
 * folder. Invariant: no failure is forgiven; what a reader printed is told with it.
 */
import { join } from 'node:path';
import { newDirectory } from '../helpers/system.ts';
import { run, type RunResult } from '../helpers/child.ts';
import { BIG, FIO_JOB, VERIFIED } from './chaos-tree.ts';

/** One pass takes seconds; the rest is the harm done to it. */
const PASS_LIMIT_MS = 280_000;

interface Reader {
  readonly name: string;
  /** One pass. */
  readonly pass: () => Promise<RunResult>;
  /** What is wrong although it ended with 0. */
  readonly judge?: (result: RunResult) => string | undefined;
}

export interface Readers {
  /** Passes that are done, by name. */
  readonly passes: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
  /** Lets each end the pass it is in, at least its first. Rejects with whatever failed. */
  finish(): Promise<void>;
}

export interface ReadPlace {
  readonly mountPoint: string;
  /** The same files, outside. */
  readonly tree: string;
}

export async function startReaders(place: ReadPlace): Promise<Readers> {
  return repeat([cmpOf(place), fioOf(place), await walkOf(place)]);
}

function repeat(readers: readonly Reader[]): Readers {
  const passes: Record<string, number> = Object.fromEntries(readers.map(({ name }) => [name, 0]));
  const failures: string[] = [];
  const over = new AbortController();
  const running = Promise.all(
    readers.map(async ({ name, pass, judge }) => {
      do {
        const result = await pass();
        const { code, signal, stdout, stderr } = result;
        const wrong = code === 0 ? judge?.(result) : `ended with ${code ?? signal}`;
        if (wrong !== undefined) failures.push(`${name} ${wrong}\n${stderr}\n${stdout.slice(-2_000)}`);
        passes[name] = (passes[name] ?? 0) + 1;
      } while (!over.signal.aborted && failures.length === 0);
    }),
  );
  // Told by `finish`.
  running.catch(() => {});
  return {
    passes,
    failures,
    async finish() {
      over.abort();
      await running;
      if (failures.length > 0) throw new Error(failures.join('\n\n'));
    },
  };
}

function cmpOf({ mountPoint, tree }: ReadPlace): Reader {
  const files = [join(mountPoint, BIG), join(tree, BIG)];
  return { name: 'cmp', pass: () => run('cmp', files, { timeoutMs: PASS_LIMIT_MS }) };
}

function fioOf({ mountPoint }: ReadPlace): Reader {
  const cwd = newDirectory('fio');
  const how = ['--rw=randread', '--ioengine=psync', '--readonly', `--filename=${join(mountPoint, VERIFIED)}`];
  return {
    name: 'fio',
    pass: () => run('fio', [...FIO_JOB, ...how], { cwd, timeoutMs: PASS_LIMIT_MS }),
  };
}

async function walkOf({ mountPoint, tree }: ReadPlace): Promise<Reader> {
  const walk = (folder: string): Promise<RunResult> =>
    run('find', [folder, '-type', 'f', '-printf', String.raw`%s %P\n`], { timeoutMs: PASS_LIMIT_MS });
  const sorted = ({ stdout }: RunResult): string => stdout.split('\n').toSorted().join('\n');
  const expected = sorted(await walk(tree));
  return {
    name: 'find',
    pass: () => walk(mountPoint),
    judge: (result) => (sorted(result) === expected ? undefined : 'found other names or sizes'),
  };
}
