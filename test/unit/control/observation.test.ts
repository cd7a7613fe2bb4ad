import { describe, expect, it } from 'vitest';
import type { CacheKey } from '../../../src-main/engine/cache/block-cache.ts';
import { Observation } from '../../../src-main/engine/control/observation.ts';
import type { EngineEvent, FromEngine } from '../../../src-main/engine/control/protocol.ts';
import { GhostError } from '../../../src-main/engine/errors.ts';
import type { ArtifactId } from '../../../src-main/engine/metadata/metadata-oracle.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';

const KEY = 'file' as CacheKey;
const FILE = { id: 'id' as ArtifactId, key: KEY, size: 1_000, mtime: 0, blockSize: 100 };

/** An observation without mounts, and what it sends. */
function setUp() {
  const clock = new VirtualClock();
  const events: EngineEvent[] = [];
  const tell = (event: FromEngine) => void ('event' in event && events.push(event));
  const channel = {
    isClogged: false,
    inform: tell,
    send: (message: FromEngine) => Promise.resolve(tell(message)),
  };
  const observation = new Observation({
    channel,
    clock,
    mounts: () => new Map(),
    cache: () => undefined,
  });
  const stored = (block: number) => observation.cacheChanged({ kind: 'stored', key: KEY, block });
  return { clock, events, channel, observation, stored };
}

it('counts once a second whether it is watched or not, and reports activity four times a second while it is', async () => {
  const { clock, events, observation, stored } = setUp();
  stored(1);
  await clock.advance(1_000);
  expect(events).toEqual([]);
  observation.begin();
  await clock.advance(3_000);
  expect(events).toEqual(
    Array.from({ length: 3 }, () => ({
      event: 'activity',
      report: { jobs: [], transfers: [], readers: [], cacheUsedBytes: 0 },
    })),
  );
  observation.setWatched(true);
  observation.setWatched(true);
  await clock.advance(1_000);
  expect(events.map(({ event }) => event)).toEqual(Array.from({ length: 7 }, () => 'activity'));
  observation.setWatched(false);
  await clock.advance(2_250);
  expect(events).toHaveLength(10);
  observation.close();
  await clock.advance(2_000);
  expect(events).toHaveLength(10);
});

it('tells the changes of a quarter of a second at once, to each watch of the file', async () => {
  const { clock, events, observation, stored } = setUp();
  observation.watchBlocks(1, 'a-1', FILE);
  observation.watchBlocks(2, 'a-1', FILE);
  observation.observerOf('a-1').read(KEY, 4, 3);
  for (const block of [3, 1, 2]) stored(block);
  observation.unwatchBlocks(2);
  await clock.advance(10_000);
  const ofBlocks = () => events.filter(({ event }) => event === 'blocks');
  expect(ofBlocks()).toEqual([{ event: 'blocks', watch: 1, changes: [[1, 3, 3]], reads: [[4, 3]] }]);
  observation.unwatchBlocks(1);
  stored(5);
  await clock.advance(1_000);
  expect(ofBlocks()).toHaveLength(1);
});

it('keeps what happens for a supervisor that is behind', async () => {
  const { clock, events, channel, observation, stored } = setUp();
  observation.watchBlocks(1, 'a-1', FILE);
  observation.setWatched(true);
  channel.isClogged = true;
  stored(1);
  await clock.advance(1_000);
  stored(2);
  expect(events).toEqual([]);
  channel.isClogged = false;
  await clock.advance(250);
  expect(events).toMatchObject([{ event: 'activity' }, { event: 'blocks', changes: [[1, 2, 3]] }]);
});

it('makes one sentence of the failures of a file', () => {
  const { events, observation } = setUp();
  const observer = observation.observerOf('a-1');
  for (let time = 0; time < 3; time++) observer.failed(FILE, new GhostError('TIMEOUT', 'it took too long'));
  observer.failed({ ...FILE, key: 'other' as CacheKey }, new Error('Nobody knows.'));
  expect(events).toEqual([
    { event: 'problem', key: 'a-1', path: undefined, code: 'TIMEOUT', sentence: 'It took too long.' },
    { event: 'problem', key: 'a-1', path: undefined, code: 'INTERNAL', sentence: 'Nobody knows.' },
  ]);
});

describe('of sources', () => {
  const SOURCES = { event: 'sources', key: 'a-1' };

  it('tells each change with what works all the same, also to a supervisor that is behind', () => {
    const { events, channel, observation } = setUp();
    channel.inform = () => {};
    const observer = observation.observerOf('a-1');
    observer.sources('away', new GhostError('SOURCE_UNREACHABLE', 'nobody answers'));
    observer.sources('refused', new GhostError('CREDENTIALS_REFUSED', 'The server said 401.'));
    observer.sources('reachable', undefined);
    const problem = (code: string, sentence: RegExp) => ({
      code,
      sentence: expect.stringMatching(sentence) as string,
    });
    expect(events).toEqual([
      {
        ...SOURCES,
        state: 'away',
        problem: problem('SOURCE_UNREACHABLE', /^Nobody answers\. Cached data stays readable; .* is back/),
      },
      {
        ...SOURCES,
        state: 'refused',
        problem: problem(
          'CREDENTIALS_REFUSED',
          /^The server said 401\. Cached .* renew the access at the source/,
        ),
      },
      { ...SOURCES, state: 'reachable', problem: undefined },
    ]);
  });

  it('tells with the first block that they are fine after they were blamed for a failed read, and only then', () => {
    const { events, observation } = setUp();
    const observer = observation.observerOf('a-1');
    observer.delivered();
    observer.failed(FILE, new GhostError('BLOCK_CORRUPT', 'wrong bytes'));
    observer.delivered();
    observer.failed({ ...FILE, key: 'other' as CacheKey }, new GhostError('TIMEOUT', 'too late'));
    expect(events).toMatchObject([{ code: 'BLOCK_CORRUPT' }, { code: 'TIMEOUT' }]);
    for (let block = 0; block < 3; block += 1) observer.delivered();
    expect(events.slice(2)).toEqual([{ ...SOURCES, state: 'reachable', problem: undefined }]);
  });
});
