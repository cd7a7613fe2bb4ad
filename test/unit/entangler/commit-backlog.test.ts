/** Fetches held back for the sake of the cache's disk: whom, how long, and when no longer. */
import { describe, expect, test } from 'vitest';
import { CommitBacklog } from '../../../src-main/engine/entangler/commit-backlog.ts';
import type { Priority } from '../../../src-main/engine/entangler/block-reader.ts';
import { Flight } from '../../../src-main/engine/entangler/flight.ts';
import { turn, VirtualClock } from '../../helpers/virtual-clock.ts';
import { BLOCK, fileOf } from './bench.ts';

const DEADLINE_MS = 30_000;
const file = fileOf('movie', 100 * BLOCK);
const nobody = { arrived: () => undefined, failed: () => undefined };

/** A gate that is open while less than four blocks wait for the disk; `through` holds what passed, in order. */
function gate() {
  const clock = new VirtualClock();
  const backlog = new CommitBacklog({ clock, memoryBytes: 16 * BLOCK });
  const through: (number | string)[] = [];
  const ask = (block: number, priority: Priority, deadlineMs = DEADLINE_MS): Flight => {
    const flight = new Flight(String(block), file, block, { ...nobody, priority });
    const held = backlog.room(flight, BLOCK, deadlineMs);
    if (held === undefined) through.push(block);
    else void held.then((passes) => through.push(passes ? block : `not ${block}`));
    return flight;
  };
  const hang = (blocks: number): void => {
    for (let block = 0; block < blocks; block += 1) backlog.began(BLOCK);
  };
  const commit = (): void => backlog.ended(BLOCK, true, () => false);
  return { clock, backlog, through, ask, hang, commit };
}

describe('while the disk is behind', () => {
  test('a reader is held a second at most, or a quarter of a shorter deadline', async () => {
    const { clock, through, ask, hang } = gate();
    hang(4);
    ask(0, 'user');
    ask(1, 'user', 1_000);
    await clock.advance(250);
    expect(through).toEqual([1]);
    await clock.advance(749);
    expect(through).toEqual([1]);
    await clock.advance(1);
    expect([through, clock.pending]).toEqual([[1, 0], 0]);
  });

  test('what nobody waits for is held until it has caught up, so that it takes nothing from a reader', async () => {
    const { clock, through, ask, hang, commit } = gate();
    hang(4);
    for (let block = 0; block < 3; block += 1) ask(block, 'readahead');
    await clock.advance(20_000);
    expect([through, clock.pending]).toEqual([[], 0]);
    const reader = ask(7, 'user');
    commit();
    await turn();
    // The reader takes the room that the commit has made.
    expect([through, reader.over]).toEqual([[7], false]);
    commit();
    await turn();
    expect(through).toEqual([7, 0]);
  });

  test('a fetch ahead that a reader comes to want is held no longer than his own would be', async () => {
    const { clock, backlog, through, ask, hang } = gate();
    hang(4);
    const flight = ask(0, 'readahead');
    await clock.advance(5_000);
    flight.join({ ...nobody, priority: 'user' });
    backlog.upgraded(flight);
    await clock.advance(1_000);
    expect(through).toEqual([0]);
  });

  test('more than can wait are refused, the least urgent first', async () => {
    const { through, ask, hang } = gate();
    hang(4);
    for (let block = 0; block <= 4096; block += 1) ask(block, 'warm');
    ask(5000, 'user');
    await turn();
    expect(through).toEqual(['not 4096', 'not 4095']);
  });
});

test('a burst of fetches ahead does not pass while the disk is not behind yet', async () => {
  const { backlog, through, ask } = gate();
  const flights = Array.from({ length: 10 }, (_, block) => ask(block, 'readahead'));
  expect(through).toEqual([0, 1, 2, 3]);
  // Readers do.
  ask(20, 'user');
  expect(through).toEqual([0, 1, 2, 3, 20]);
  for (const flight of flights.slice(0, 2)) backlog.withdraw(flight);
  await turn();
  expect(through).toEqual([0, 1, 2, 3, 20, 4]);
});

describe('a disk that hangs', () => {
  test('holds three readers in vain and no other, until it commits again', async () => {
    const { clock, through, ask, hang, commit } = gate();
    hang(5);
    for (const block of [0, 1, 2]) {
      ask(block, 'user');
      await clock.advance(1_000);
    }
    for (const block of [3, 4, 5, 6, 7, 8]) ask(block, 'user');
    ask(9, 'warm');
    expect(through).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    commit();
    ask(10, 'user');
    await turn();
    expect(through).not.toContain(10);
  });

  test('lets those go who are held when it is found out', async () => {
    const { clock, through, ask, hang } = gate();
    hang(4);
    for (const block of [0, 1, 2]) ask(block, 'user');
    await clock.advance(500);
    ask(3, 'user');
    ask(4, 'readahead');
    await clock.advance(500);
    expect(through).toEqual([0, 1, 2, 3]);
  });

  test('is known to hang only by timeouts without a commit between them', async () => {
    const { clock, through, ask, hang, commit, backlog } = gate();
    hang(4);
    for (const block of [0, 1, 2, 3]) {
      ask(block, 'user');
      await clock.advance(1_000);
      backlog.began(BLOCK);
      commit();
    }
    ask(9, 'user');
    await turn();
    expect(through).toEqual([0, 1, 2, 3]);
  });

  test('does not keep a fetch ahead from a reader in sequence', async () => {
    const { clock, through, ask, hang, backlog } = gate();
    hang(6);
    for (const block of [0, 1, 2]) {
      const flight = ask(block, 'user');
      await clock.advance(1_000);
      backlog.withdraw(flight);
    }
    for (const block of [3, 4, 5, 6, 7]) ask(block, 'readahead');
    expect(through).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});

test('a commit that was put off takes the place of one that ended well: its own mount’s first, else another’s', () => {
  const { backlog, hang } = gate();
  const asked: string[] = [];
  let own = true;
  const first = () => {
    asked.push('own');
    return own;
  };
  backlog.onRoom(first);
  const stop = backlog.onRoom(() => asked.push('other') > 0);
  hang(4);
  backlog.ended(BLOCK, true, first);
  own = false;
  backlog.ended(BLOCK, true, first);
  backlog.ended(BLOCK, false, first);
  expect(asked).toEqual(['own', 'own', 'other']);
  stop();
  backlog.ended(BLOCK, true, first);
  expect(asked).toEqual(['own', 'own', 'other', 'own']);
});
