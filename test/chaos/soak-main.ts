/**
 * `CHAOS_MINUTES=30 node test/chaos/soak-main.ts`: a mixed load for a long time while things go wrong, and what that costs in
 * memory and descriptors. Ends with 0 when every reader got its bytes, nothing grew and nothing was left behind.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { start } from '../helpers/child.ts';
import { plainCatalogue } from '../helpers/plain-catalogue.ts';
import { cleanUpSince } from '../helpers/system-cleanup.ts';
import { setup } from '../helpers/system-global-setup.ts';
import { until } from '../helpers/system-until.ts';
import { mountJobOf, startUp } from '../mount/cli/running-up.ts';
import { chaosTree } from './chaos-tree.ts';
import { growthOf, type Sample } from './growth.ts';
import { chaosSeed, diceOf, soakMinutes } from './profile.ts';
import { startReaders } from './readers.ts';
import { engineOf } from '../helpers/running-engine.ts';

const MIB = 2 ** 20;
const SAMPLE_MS = 2_000;
/** Between two faults: seldom enough that no engine is called hopeless. */
const PAUSE = { shortest: 10_000, span: 10_000 };
/** In the first part of the time the engine is killed too, and in the second it lives on and must not grow. */
const KILLING_PART = 0.25;
/** What a runtime with a garbage collector comes and goes by. */
const NOISE = { memory: 48 * MIB, descriptors: 8 };
/** Fails every seventh transfer. */
const FLAKY = 'sim:?latency=20ms&error-rate=0.15';
const FLAKY_FILE_BYTES = 64 * MIB;
const FLAKY_FILES = 8;

interface Series {
  readonly memory: Sample[];
  readonly descriptors: Sample[];
}

function sample(pid: number, at: number, { memory, descriptors }: Series): void {
  try {
    const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    const open = readdirSync(`/proc/${pid}/fd`).length;
    memory.push({ at, value: Number(kib) * 1024 });
    descriptors.push({ at, value: open });
  } catch {
    // Killed a moment ago.
  }
}

/** True when it did not grow. */
function report(who: string, { memory, descriptors }: Series): boolean {
  const [inMemory, inDescriptors] = [growthOf(memory), growthOf(descriptors)];
  const isSteady = inMemory.growth <= NOISE.memory && inDescriptors.growth <= NOISE.descriptors;
  const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;
  console.log(
    `${who.padEnd(10)}  memory ${mib(inMemory.first)} to ${mib(inMemory.last)} (trend ${mib(inMemory.growth)}), ` +
      `descriptors ${inDescriptors.first} to ${inDescriptors.last} (trend ${inDescriptors.growth.toFixed(1)}), ` +
      `${memory.length} samples: ${isSteady ? 'steady' : 'GROWS'}`,
  );
  return isSteady;
}

async function soak(minutes: number): Promise<boolean> {
  const dice = diceOf('soak');
  const { tree, catalogue } = await chaosTree();
  const flakyFiles = Array.from({ length: FLAKY_FILES }, (_, index) => ({
    path: `flaky ${index}`,
    size: FLAKY_FILE_BYTES,
  }));
  const flaky = plainCatalogue(FLAKY, flakyFiles);
  const up = await startUp([
    '--no-screen',
    '--cache-limit',
    '256MiB',
    '--catalogue',
    catalogue,
    '--catalogue',
    flaky,
  ]);
  const { jobs } = JSON.parse((await up.type('status', '--json')).stdout) as {
    readonly jobs: readonly { readonly key: string; readonly catalogue: string }[];
  };
  const keyOf = (path: string): string => jobs.find((job) => job.catalogue === path)?.key ?? '';
  const mountPoint = await mountJobOf(up, keyOf(catalogue));
  let flakyPoint = await mountJobOf(up, keyOf(flaky));
  const readers = await startReaders({ mountPoint, tree });

  const harm = {
    'engine killed': () => {
      process.kill(engineOf(up) ?? 0, 'SIGKILL');
    },
    'reader killed': async () => {
      const child = await start('cat', [join(flakyPoint, `flaky ${dice.below(FLAKY_FILES)}`)], {
        discardStdout: true,
      });
      await pause(dice.below(1_000));
      await child.stop({ signal: 'SIGKILL' });
    },
    'cache cleared': async () => void (await up.type('cache', 'clear', '--yes')),
    'mounted anew': async () => {
      await up.type('unmount', keyOf(flaky), '--force');
      flakyPoint = await mountJobOf(up, keyOf(flaky));
    },
  };
  const supervisor: Series = { memory: [], descriptors: [] };
  const engine: Series = { memory: [], descriptors: [] };
  const begin = performance.now();
  const share = (): number => (performance.now() - begin) / (minutes * 60_000);
  const done: Record<string, number> = {};
  const sampling = (async () => {
    for (; share() < 1; await pause(SAMPLE_MS)) {
      const at = performance.now() - begin;
      sample(up.process.pid, at, supervisor);
      const pid = engineOf(up);
      // A while after the last kill: what a new engine fills first is no growth.
      if (pid !== undefined && share() > KILLING_PART + 0.1) sample(pid, at, engine);
    }
  })();
  while (share() < 1 && readers.failures.length === 0) {
    await pause(PAUSE.shortest + dice.below(PAUSE.span));
    const kinds = ['reader killed', 'cache cleared', 'mounted anew'] as const;
    const kind = share() < KILLING_PART && dice.below(2) === 0 ? 'engine killed' : dice.pick(kinds);
    await until('the engine', () => engineOf(up) !== undefined, 60_000);
    await harm[kind]();
    done[kind] = (done[kind] ?? 0) + 1;
  }
  await sampling;
  const failure = await readers.finish().then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure !== undefined) console.error('A reader failed:', failure);
  console.log(`faults: ${JSON.stringify(done)}; passes of readers: ${JSON.stringify(readers.passes)}`);
  const steady = [report('supervisor', supervisor), report('engine', engine)];
  const { code } = await up.process.stop();
  console.log(`orbit-ghost up ended with ${String(code)}`);
  return failure === undefined && steady.every(Boolean) && code === 0;
}

const minutes = soakMinutes();
console.log(`A soak of ${minutes} minutes. Dice: CHAOS_SEED=${chaosSeed()}`);
const teardown = await setup();
let isSound = false;
try {
  isSound = await soak(minutes);
} finally {
  await cleanUpSince(0);
  // Rejects with what is left: a mount, a process.
  await teardown?.();
}
console.log(isSound ? 'Nothing grew, nothing is left.' : 'NOT SOUND');
process.exitCode = isSound ? 0 : 1;
