import { describe, expect, it } from 'vitest';
import { DescriptorPool } from '../../../../src-main/engine/wormhole/sources/descriptor-pool.ts';
import { turn, VirtualClock } from '../../../helpers/virtual-clock.ts';

class Descriptor {
  static readonly open = new Set<string>();
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
    Descriptor.open.add(name);
  }

  async close(): Promise<void> {
    if (!Descriptor.open.delete(this.#name)) throw new Error(`${this.#name} closed twice`);
  }
}

function setUp(limit: number): {
  readonly clock: VirtualClock;
  readonly pool: DescriptorPool<Descriptor>;
  readonly opened: string[];
  readonly use: (key: string, work?: Promise<void>) => Promise<void>;
} {
  Descriptor.open.clear();
  const clock = new VirtualClock();
  const pool = new DescriptorPool<Descriptor>({ clock, limit, idleMs: 10_000 });
  const opened: string[] = [];
  const use = (key: string, work = Promise.resolve()): Promise<void> =>
    pool.use(
      key,
      async () => {
        opened.push(key);
        return new Descriptor(`${key}${opened.length}`);
      },
      () => work,
    );
  return { clock, pool, opened, use };
}

describe('DescriptorPool', () => {
  it('opens once for many uses, also at the same time', async () => {
    const { use, opened } = setUp(4);
    await Promise.all([use('a'), use('a'), use('a')]);
    await use('a');
    expect(opened).toEqual(['a']);
  });

  it('closes the least recently used beyond its limit', async () => {
    const { use } = setUp(2);
    for (const key of ['a', 'b', 'a', 'c']) await use(key);
    await turn();
    expect([...Descriptor.open]).toEqual(['a1', 'c3']);
  });

  it('never closes what is in use, however many that are', async () => {
    const { use, pool } = setUp(1);
    const working = Promise.withResolvers<void>();
    const uses = ['a', 'b', 'c'].map((key) => use(key, working.promise));
    await turn();
    const closing = pool.close();
    await turn();
    expect(Descriptor.open.size).toBe(3);
    working.resolve();
    await Promise.all([...uses, closing]);
    await turn();
    expect(Descriptor.open.size).toBe(0);
  });

  it('closes the idle after a while, and sets no timer when none is left', async () => {
    const { use, clock } = setUp(4);
    await use('a');
    await clock.advance(6_000);
    await use('b');
    await clock.advance(4_000);
    await turn();
    expect([...Descriptor.open]).toEqual(['b2']);
    await clock.advance(20_000);
    await turn();
    expect(Descriptor.open.size).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('drops a descriptor whose use failed', async () => {
    const { use, opened } = setUp(4);
    await expect(use('a', Promise.reject(new Error('bad')))).rejects.toThrow('bad');
    await use('a');
    await turn();
    expect(opened).toEqual(['a', 'a']);
    expect([...Descriptor.open]).toEqual(['a2']);
  });

  it('forgets a failed opening', async () => {
    const { pool, use, opened } = setUp(4);
    const failing = pool.use(
      'a',
      () => Promise.reject(new Error('no')),
      () => Promise.resolve(),
    );
    await expect(failing).rejects.toThrow('no');
    await use('a');
    expect(opened).toEqual(['a']);
  });

  it('leaves nothing open or ticking after close', async () => {
    const { use, pool, clock } = setUp(4);
    await use('a');
    await use('b');
    await pool.close();
    expect(Descriptor.open.size).toBe(0);
    expect(clock.pending).toBe(0);
  });
});
