/** What a job is told of its sources, through the Wormhole: once per change, and without a reader when they are back. */
import { expect, it } from 'vitest';
import { GhostError } from '../../../src-main/engine/errors.ts';
import type { SourceState } from '../../../src-main/engine/wormhole/source-standing.ts';
import { ScriptedSource, sourceObject, type Call } from '../../helpers/scripted-source.ts';
import { turn } from '../../helpers/virtual-clock.ts';
import { Bench, outcomeOf, reset } from './bench.ts';

const refused = () => new GhostError('CREDENTIALS_REFUSED', 'the server wants other credentials (401)');

/** A bench whose sources do what `rules` say at the moment; what is heard of them. */
function setUp(...rules: ((call: Call) => void)[]) {
  const answers = [...rules];
  const heard: (readonly [SourceState, string | undefined])[] = [];
  const sources = answers.map((_, index) => new ScriptedSource(`${index}`, (call) => answers[index]?.(call)));
  const onSources = (state: SourceState, error: GhostError | undefined) => {
    heard.push([state, error?.code]);
  };
  const bench = new Bench({ onSources, slots: 4 }, sources);
  const read = async (block: number): Promise<string> => {
    const outcome = outcomeOf(bench.submit(block));
    await turn();
    // Longer than all back-offs of one transfer, shorter than the pause between two checks.
    await bench.clock.advance(14_000);
    return await outcome;
  };
  return { bench, sources, answers, heard, read };
}

const good = (call: Call) => call.finish();
const down = (call: Call) => call.fail(reset());
const closed = (call: Call) => call.fail(refused());

it('says once that no source answers, and once that one does again', async () => {
  const { bench, answers, heard, read } = setUp(good);
  expect(await read(0)).toBe('delivered');
  expect(heard).toEqual([]);
  answers[0] = down;
  expect(await read(1)).toBe('SOURCE_UNREACHABLE');
  expect(heard).toEqual([['away', 'SOURCE_UNREACHABLE']]);
  expect(await read(2)).toBe('SOURCE_UNREACHABLE');
  expect(heard).toHaveLength(1);
  answers[0] = good;
  expect(await read(3)).toBe('delivered');
  expect(await read(4)).toBe('delivered');
  expect(heard.slice(1)).toEqual([['reachable', undefined]]);
  expect(bench.clock.pending).toBe(0);
});

it('notices without a reader that a source is back, by a single byte', async () => {
  const { bench, answers, heard, read } = setUp(down);
  await read(0);
  expect(heard).toHaveLength(1);
  const before = bench.first.calls.length;
  await bench.clock.advance(30_000);
  const checks = bench.first.calls.slice(before);
  expect(checks.map(({ request }) => [request.offset, request.length])).toEqual([
    [0, 1],
    [0, 1],
  ]);
  expect(heard).toHaveLength(1);
  answers[0] = good;
  await bench.clock.advance(15_000);
  expect(heard.slice(1)).toEqual([['reachable', undefined]]);
  expect(bench.clock.pending).toBe(0);
});

it.each(['OBJECT_CHANGED', 'SOURCE_REFUSED'] as const)(
  'takes %s for an answer: the source is back, also when a reader gets it',
  async (code) => {
    const { bench, answers, heard, read } = setUp(down);
    const answer = (call: Call) => call.fail(new GhostError(code, 'not as published'));
    for (const notice of [() => bench.clock.advance(15_000), () => read(1)]) {
      answers[0] = down;
      await read(0);
      answers[0] = answer;
      await notice();
      expect(heard.splice(0)).toEqual([
        ['away', 'SOURCE_UNREACHABLE'],
        ['reachable', undefined],
      ]);
    }
  },
);

it('gives up a check that is not answered, and asks no more when it is closed', async () => {
  const { bench, answers, read } = setUp(down);
  await read(0);
  answers[0] = () => {};
  await bench.clock.advance(15_000);
  expect(bench.first.open).toHaveLength(1);
  await bench.clock.advance(10_000);
  expect(bench.first.open).toHaveLength(0);
  await bench.clock.advance(15_000);
  expect(bench.first.open).toHaveLength(1);
  await bench.wormhole.close();
  await turn();
  expect(bench.first.open).toHaveLength(0);
  expect(bench.clock.pending).toBe(0);
});

it('says that credentials are refused when all sources refuse them, and asks no source twice', async () => {
  const { bench, sources, answers, heard, read } = setUp(closed, closed);
  expect(await read(0)).toBe('CREDENTIALS_REFUSED');
  expect(heard).toEqual([['refused', 'CREDENTIALS_REFUSED']]);
  await bench.clock.advance(600_000);
  expect(sources.map(({ calls }) => calls.length)).toEqual([1, 1]);
  answers[1] = good;
  expect(await read(1)).toBe('delivered');
  expect(heard.slice(1)).toEqual([['reachable', undefined]]);
});

it('is silent while one of several sources delivers', async () => {
  const { heard, read } = setUp(closed, down, good);
  for (let block = 0; block < 10; block += 1) expect(await read(block)).toBe('delivered');
  expect(heard).toEqual([]);
});

it('takes one forbidden file for no more than that, until another is refused too', async () => {
  const { bench, answers, heard, read } = setUp(good);
  await read(0);
  const object = sourceObject('secret', 1_000);
  const secret = async (): Promise<string> => {
    const request = { object, offset: 0, length: 1_000, digest: undefined, priority: 'user', context: {} };
    const outcome = outcomeOf(bench.wormhole.submit({ ...request, priority: 'user' }));
    await turn();
    return await outcome;
  };
  answers[0] = (call) => (call.request.object.id === 'secret' ? closed(call) : good(call));
  expect(await secret()).toBe('CREDENTIALS_REFUSED');
  await turn();
  expect(heard).toEqual([]);
  answers[0] = closed;
  expect(await secret()).toBe('CREDENTIALS_REFUSED');
  await turn();
  expect(heard).toEqual([['refused', 'CREDENTIALS_REFUSED']]);
});

it('counts a source as away that was silent for all of a reader’s time, however short', async () => {
  const { bench, heard } = setUp(() => {});
  const transfer = bench.submit(0);
  const outcome = outcomeOf(transfer);
  await bench.clock.advance(2_000);
  transfer.abandonAttempt();
  transfer.cancel();
  expect(await outcome).toBe('INTERRUPTED');
  expect(heard).toEqual([['away', 'SOURCE_UNREACHABLE']]);
});

it('believes a probe that nobody answered', async () => {
  const heard: (readonly [SourceState, string | undefined])[] = [];
  const onSources = (state: SourceState, error: GhostError | undefined) => {
    heard.push([state, error?.code]);
  };
  const source = new ScriptedSource('first');
  let isThere = false;
  source.probe = async () => await (isThere ? Promise.resolve() : Promise.reject(reset()));
  const bench = new Bench({ onSources }, [source]);
  bench.wormhole.probe();
  await turn();
  isThere = true;
  expect(heard).toEqual([['away', 'SOURCE_UNREACHABLE']]);
  // Nothing was ever asked of it: it is probed.
  await bench.clock.advance(15_000);
  expect(heard.slice(1)).toEqual([['reachable', undefined]]);
  expect(bench.first.calls).toEqual([]);
});
