/** Block files that somebody, or a failing disk, has damaged behind the engine's back. */
import {
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runOk } from '../helpers/child.ts';
import type { Dice } from '../helpers/dice.ts';
import { publish } from '../helpers/mounted-job.ts';
import { newDirectory } from '../helpers/system.ts';
import { until } from '../helpers/system-until.ts';
import { writeSeededFile } from '../helpers/tree.ts';
import { FILE, supervised } from '../mount/supervised.ts';
import { inflict, recovered } from './engine-faults.ts';
import { diceOf } from './profile.ts';

const MIB = 2 ** 20;
const BLOCKS = 24;

/** Takes two block files of one length, and harms the first at least. */
const HARMS: Readonly<Record<string, (one: string, other: string, dice: Dice) => void>> = {
  'flipped in a bit': (one, _, dice) => {
    const bytes = readFileSync(one);
    const at = dice.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << dice.below(8));
    writeFileSync(one, bytes);
  },
  'cut short': (one, _, dice) => truncateSync(one, dice.below(statSync(one).size)),
  'taken away': (one) => rmSync(one),
  'put in each other’s place': (one, other) => {
    renameSync(one, `${one}.away`);
    renameSync(other, one);
    renameSync(`${one}.away`, other);
  },
};

function blockFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.bin'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

test.for(Object.entries(HARMS))(
  'block files that are %s while the engine is away never change a byte that is read',
  async ([manner, harm]) => {
    const dice = diceOf(manner);
    const tree = newDirectory('tree');
    writeSeededFile(join(tree, FILE), BLOCKS * MIB, 1);
    const catalogue = join(newDirectory('catalogue'), 'magnetar.db');
    await publish({ tree, database: catalogue });
    const place = await supervised({}, { published: { tree, catalogue } });
    const { mountPoint } = await place.client.call('jobs.mount', { job: place.job });
    const compare = (): Promise<string> => runOk('cmp', [join(mountPoint, FILE), join(tree, FILE)]);
    await compare();
    const cache = join(place.home, 'cache');
    await until('all is cached', () => blockFiles(cache).length === BLOCKS);
    await inflict('SIGKILL', place);
    const files = blockFiles(cache);
    for (let harmed = 0; harmed < BLOCKS / 4; harmed += 1) {
      const [one] = files.splice(dice.below(files.length), 1);
      const [other] = files.splice(dice.below(files.length), 1);
      if (one === undefined || other === undefined) throw new Error('too few block files');
      harm(one, other, dice);
    }
    await recovered(place, 1);
    await compare();
    expect(place.jobState().state).toBe('mounted');
  },
);
