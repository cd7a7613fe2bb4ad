/**
 * The Entangler under random interleavings of readers, aborts, answers, faults, commits and time, against the simplest
 * model there is: a read of a range is those bytes of the content, or one of the errors a reader may see, in time. When it
 * fails, fast-check prints the seed and the path that lead to the same steps again.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Priority } from '../../../src-main/engine/entangler/block-reader.ts';
import type { BlockUnderWay } from '../../../src-main/engine/entangler/entangler.ts';
import { GhostError } from '../../../src-main/engine/errors.ts';
import { type Call, ScriptedSource, sourceObject } from '../../helpers/scripted-source.ts';
import { turn } from '../../helpers/virtual-clock.ts';
import { Bench, BLOCK, digestsOf, fileOf, NOTHING } from './bench.ts';

const DEADLINE_MS = 8_000;
const SLOTS = 2;
/** Four blocks: two of them may wait for the disk. */
const MEMORY = 4 * BLOCK;
const FILES = [fileOf('verified', 3300), fileOf('unverified', 2001)];
const ALLOWED = new Set([
  'right',
  'INTERRUPTED',
  'TIMEOUT',
  'QUEUE_FULL',
  'SOURCE_UNREACHABLE',
  'SOURCE_REFUSED',
  'BLOCK_TRUNCATED',
  'BLOCK_CORRUPT',
]);
const priority = fc.constantFrom<Priority>('user', 'readahead', 'warm', 'background');
const which = fc.nat(20);
const file = fc.nat(1);

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      file,
      at: fc.nat(4000),
      length: fc.nat(2500),
      priority,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('prefetch' as const), file, block: fc.nat(2), priority }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('abort' as const), which }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('finish' as const), which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('cut' as const),
      which,
      after: fc.nat(BLOCK),
      quietly: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('trickle' as const), which, bytes: fc.nat(BLOCK / 2) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('flip' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('refuse' as const), which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('commit' as const),
      which,
      ends: fc.constantFrom('finish' as const, 'finish' as const, 'fail' as const, 'refuse' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('cache' as const),
      is: fc.constantFrom('well' as const, 'broken' as const, 'slow' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(0, 50, 200, 1_000, 3_000, 12_000),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class Run {
  readonly sources = ['first', 'second'].map((label) => new ScriptedSource(label, () => this.#noteStart()));
  readonly bench = new Bench(
    {
      describe: ({ id, size }) => {
        const object = sourceObject(id, size);
        const verified = FILES.find((one) => one.id === id && id === 'verified');
        if (verified === undefined) return Promise.resolve({ object });
        const digests = { algorithm: 'sha256' as const, blockSize: BLOCK, digests: digestsOf(verified) };
        return Promise.resolve({ object, digests });
      },
      deadlineMs: DEADLINE_MS,
    },
    { sources: this.sources, slots: SLOTS, queueCapacity: 2, idleMs: 5_000, memoryBytes: MEMORY },
  );
  readonly reads: { readonly abort: AbortController; readonly outcome: Promise<string> }[] = [];
  readonly #started = new Set<BlockUnderWay>();
  readonly #broken: string[] = [];
  readonly prefetches: Promise<boolean>[] = [];

  constructor() {
    this.bench.cache.slow = true;
  }

  get open(): readonly Call[] {
    return this.sources.flatMap((source) => source.open);
  }

  async take(action: Step): Promise<void> {
    const { bench, reads, prefetches, open } = this;
    const call = 'which' in action ? open[action.which % Math.max(1, open.length)] : undefined;
    switch (action.do) {
      case 'read': {
        const target = FILES[action.file] ?? bench.file;
        const offset = Math.min(action.at, target.size);
        const length = Math.min(action.length, target.size - offset);
        const abort = new AbortController();
        const options = { file: target, priority: action.priority, signal: abort.signal };
        const began = bench.clock.now();
        const outcome = bench.read(offset, length, options).then((end) => {
          const tookMs = bench.clock.now() - began;
          if (tookMs > DEADLINE_MS) this.#broken.push(`a read took ${tookMs} ms`);
          return end;
        });
        reads.push({ abort, outcome });
        break;
      }
      case 'prefetch':
        prefetches.push(
          bench.entangler.prefetch(FILES[action.file] ?? bench.file, action.block, action.priority),
        );
        break;
      case 'abort':
        reads[action.which % Math.max(1, reads.length)]?.abort.abort();
        break;
      case 'finish':
        call?.finish();
        break;
      case 'cut':
        call?.send(Math.min(action.after, call.left));
        if (action.quietly) call?.end();
        else call?.fail(new GhostError('SOURCE_UNREACHABLE', 'connection reset'));
        break;
      case 'trickle':
        call?.send(Math.min(action.bytes, Math.max(0, call.left - 1)));
        break;
      case 'flip':
        // Only where a digest guards the block: nobody could notice it elsewhere.
        if (call?.request.object.id === 'verified') call.finish(1);
        break;
      case 'refuse':
        call?.fail(new GhostError('SOURCE_REFUSED', 'not found'));
        break;
      case 'commit': {
        const { pending } = bench.cache;
        const commit = pending[action.which % Math.max(1, pending.length)];
        commit?.[action.ends]();
        break;
      }
      case 'cache':
        bench.cache.broken = action.is === 'broken';
        bench.cache.holdReads = action.is === 'slow';
        if (action.is !== 'slow') this.#answerLookUps();
        break;
      case 'wait':
        // What has ended already has ended at this moment, not at the next.
        await turn();
        await bench.clock.advance(action.ms);
        break;
      case 'turn':
        await turn();
        break;
    }
  }

  /** What must hold at every moment and does not: one request per block, no more than there are slots, bounded memory. */
  violations(): readonly string[] {
    const wanted = this.open.map(
      ({ request }) => `${request.object.id} ${Math.floor(request.offset / BLOCK)}`,
    );
    const { uncommittedBytes } = this.bench.entangler.stats();
    const { used } = this.bench.places.memory;
    return [
      ...this.#broken,
      ...(new Set(wanted).size < wanted.length ? [`fetched twice: ${wanted.join()}`] : []),
      ...(wanted.length > SLOTS ? [`too many at once: ${wanted.join()}`] : []),
      ...(uncommittedBytes > 2 * BLOCK ? [`${uncommittedBytes} bytes uncommitted`] : []),
      ...(used > MEMORY + BLOCK ? [`${used} bytes of memory`] : []),
    ];
  }

  #answerLookUps(): void {
    for (const answer of this.bench.cache.heldReads.splice(0)) answer();
  }

  /** A request leaves: when it is the first of a block that nobody waits for, no reader's block may wait for a place. */
  #noteStart(): void {
    const underWay = [...this.bench.entangler.underWay()];
    const started = underWay.filter((one) => one.transfer?.source !== undefined && !this.#started.has(one));
    for (const one of started) this.#started.add(one);
    // Which of them sit out a back-off cannot be told from outside.
    if (started.every(({ priority }) => priority === 'user') || this.bench.wormhole.stats().backingOff > 0)
      return;
    const waits = underWay.some(
      ({ priority, transfer, file, block }) =>
        priority === 'user' &&
        transfer !== undefined &&
        transfer.source === undefined &&
        // One that is whole has been delivered this very moment.
        transfer.received < Math.min(BLOCK, file.size - block * BLOCK),
    );
    if (waits) this.#broken.push('background work overtook a reader');
  }

  /** Closing waits for the commits under way, so they have to end. */
  async close(): Promise<void> {
    const { bench } = this;
    const closing = bench.entangler.close();
    const progress = { closed: false };
    void closing.then(() => (progress.closed = true));
    while (!progress.closed) {
      bench.cache.finishAll();
      this.#answerLookUps();
      await turn();
    }
    // A cancelled transfer whose digest is being computed keeps its slot until the thread pool is done with it.
    while (bench.wormhole.stats().running > 0) await turn();
  }

  /** Lets the world answer everything from now on; resolves when every promise has settled. */
  async settle(): Promise<readonly string[]> {
    const { bench } = this;
    const progress = { settled: false };
    const settled = Promise.all([
      Promise.all(this.reads.map(({ outcome }) => outcome)),
      Promise.all(this.prefetches),
    ]).then(([outcomes]) => {
      progress.settled = true;
      return outcomes;
    });
    // Verification runs on other threads, so the number of turns is not fixed; the test's own time limit is the bound.
    while (!progress.settled) {
      const [violation] = this.violations();
      if (violation !== undefined) throw new Error(violation);
      for (const call of this.open) call.finish();
      bench.cache.holdReads = false;
      this.#answerLookUps();
      bench.cache.finishAll();
      await turn();
      // A reader in a back-off, or held for the disk.
      if (bench.wormhole.stats().backingOff > 0 || this.open.length === 0) await bench.clock.advance(200);
    }
    return await settled;
  }
}

test('whatever happens in whatever order, reads are right or say why, and nothing is left behind', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 80 }), async (steps) => {
      const run = new Run();
      for (const action of steps) {
        await run.take(action);
        expect(run.violations()).toEqual([]);
      }
      for (const outcome of await run.settle()) {
        expect(ALLOWED).toContain(outcome);
        seen.add(outcome);
      }
      await run.close();
      expect(run.violations()).toEqual([]);
      expect([...run.bench.leftovers(), run.bench.places.memory.used]).toEqual([...NOTHING, 0]);
      expect(run.open).toEqual([]);
    }),
    { numRuns: 2000 },
  );
  // Were the faults not reached, the property would hold for nothing.
  expect([...seen]).toEqual(
    expect.arrayContaining(['INTERRUPTED', 'QUEUE_FULL', 'SOURCE_REFUSED', 'TIMEOUT', 'right']),
  );
}, 60_000);
