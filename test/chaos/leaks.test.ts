/** What a restart costs for ever: nothing. Counted are descriptors, of who keeps the sessions and of who takes them over. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runOk } from '../helpers/child.ts';
import { FILE, supervised } from '../mount/supervised.ts';
import { inflict, recovered } from './engine-faults.ts';
import { rounds } from './profile.ts';

/** A file that is being read: what comes and goes by itself. */
const NOISE = 2;

const descriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

test('restarts leave no descriptor behind, in the supervisor or in the engine', async () => {
  const place = await supervised();
  const { client, job, supervisor, tree } = place;
  const { mountPoint } = await client.call('jobs.mount', { job });
  const counts = { supervisor: [] as number[], engine: [] as number[] };
  for (let round = 1; round <= rounds(15); round += 1) {
    await inflict('SIGKILL', place);
    await recovered(place, round);
    await runOk('cmp', [join(mountPoint, FILE), join(tree, FILE)]);
    counts.supervisor.push(descriptors(process.pid));
    counts.engine.push(descriptors(supervisor.enginePid ?? 0));
  }
  for (const [who, seen] of Object.entries(counts)) {
    const least = (counted: readonly number[]): number => Math.min(...counted);
    const growth = least(seen.slice(-5)) - least(seen.slice(0, 5));
    expect(growth, `${who}: ${seen.join(' ')}`).toBeLessThanOrEqual(NOISE);
  }
});
