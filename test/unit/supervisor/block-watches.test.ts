/** Whom the engine is asked to watch, over its restarts. The engine is a function that answers when the test says so. */
import { expect, it } from 'vitest';
import type { BlockMap } from '../../../src-main/engine/control/protocol.ts';
import { GhostError } from '../../../src-main/engine/errors.ts';
import { BlockWatches } from '../../../src-main/supervisor/block-watches.ts';

const PLACE = { key: '0123abcd-1', database: '/c.db', job: 1 };
const MAP: BlockMap = { size: 3, blockSize: 1, states: 'AAAA' };

/** The watches an engine has or is opening, answered one by one. */
function setUp() {
  const opening: { readonly watch: number; readonly answer: PromiseWithResolvers<BlockMap> }[] = [];
  const watched = new Set<number>();
  const watches = new BlockWatches((name, { watch }) => {
    if (name === 'unwatchBlocks') {
      watched.delete(watch);
      return Promise.resolve();
    }
    expect(watched).not.toContain(watch);
    watched.add(watch);
    const answer = Promise.withResolvers<BlockMap>();
    opening.push({ watch, answer });
    return answer.promise;
  });
  const changes: string[] = [];
  return {
    watches,
    watched,
    changes,
    open: (path: string) => watches.open(PLACE, path, () => changes.push(path)),
    answer: () => opening.shift()?.answer.resolve(MAP),
    refuse: (error: GhostError) => opening.shift()?.answer.reject(error),
    /** What a killed engine leaves. */
    lose: () => {
      watches.interrupt();
      watched.clear();
      for (const { answer } of opening.splice(0)) answer.reject(new GhostError('ENGINE_AWAY', 'Away.'));
    },
  };
}

it('a look that ends while a new engine is asked for it leaves no watch behind', async () => {
  const { watches, watched, open, answer, lose, changes } = setUp();
  const opened = open('one');
  answer();
  const look = await opened;
  lose();
  const resumed = watches.resume();
  expect(watched.size).toBe(1);
  look.close();
  expect(watched.size).toBe(0);
  answer();
  await resumed;
  expect(watched.size).toBe(0);
  watches.report(1, { changes: [[0, 1, 3]], reads: [] });
  watches.report(2, { changes: [[0, 1, 3]], reads: [] });
  expect(changes).toEqual(['one']);
});

it('a look that begins while a new engine is asked for the others is asked for once', async () => {
  const { watches, watched, open, answer, lose } = setUp();
  const first = open('one');
  answer();
  await first;
  lose();
  const resumed = watches.resume();
  const second = open('two');
  answer();
  answer();
  await Promise.all([resumed, second]);
  expect(watched.size).toBe(2);
});

it('a look goes on with the next engine, and takes no report of the one before for its own', async () => {
  const { watches, open, answer, lose } = setUp();
  const opened = open('one');
  answer();
  const look = await opened;
  expect(look.next()).toMatchObject({ kind: 'snapshot' });
  lose();
  const lost = watches.resume();
  lose();
  await lost;
  const resumed = watches.resume();
  answer();
  await resumed;
  expect(look.next()).toMatchObject({ kind: 'snapshot', states: 'AAAA' });
  watches.report(1, { changes: [[0, 1, 3]], reads: [] });
  expect(look.next()).toBeUndefined();
  watches.report(3, { changes: [[0, 1, 3]], reads: [] });
  expect(look.next()).toMatchObject({ kind: 'delta', changes: [[0, 1, 3]] });
});

it('a look that the engine refuses is not watched, and one that it refuses later ends with the reason', async () => {
  const { watches, watched, open, answer, refuse, lose } = setUp();
  const refused = open('none');
  refuse(new GhostError('NOT_FOUND', 'Not there.'));
  await expect(refused).rejects.toThrow('Not there.');
  expect(watched.size).toBe(0);
  const opened = open('one');
  answer();
  const look = await opened;
  lose();
  const resumed = watches.resume();
  refuse(new GhostError('NOT_FOUND', 'Gone.'));
  await resumed;
  expect(watched.size).toBe(0);
  expect(() => look.next()).toThrow('Gone.');
});
