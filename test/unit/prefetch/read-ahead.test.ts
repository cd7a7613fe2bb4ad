/** What is fetched ahead of readers, and how readers share it. */
import { describe, expect, it } from 'vitest';
import type {
  BlockFile,
  BlockReader,
  Priority,
  ReadRequest,
} from '../../../src-main/engine/entangler/block-reader.ts';
import { ReadAhead } from '../../../src-main/engine/prefetch/read-ahead.ts';
import { fileOf } from '../entangler/bench.ts';

const MIB = 1024 * 1024;

/** A ReadAhead over a reader that only notes what it is asked. */
class Watched {
  /** What was asked in order: reads as `read file offset`, prefetches as `file block`. */
  readonly asked: string[] = [];
  readonly priorities = new Set<Priority>();
  readonly ahead: ReadAhead;

  constructor() {
    const blocks: BlockReader = {
      read: (request: ReadRequest) => {
        this.asked.push(`read ${request.file.id} ${request.offset}`);
        return Promise.resolve([Buffer.from('bytes')]);
      },
    };
    this.ahead = new ReadAhead(blocks, (file, block, priority) => {
      this.asked.push(`${file.id} ${block}`);
      this.priorities.add(priority);
    });
  }

  /** Reads a byte of each block and returns the blocks asked for ahead. */
  async read(file: BlockFile, ...blocks: readonly number[]): Promise<readonly number[]> {
    const before = this.asked.length;
    for (const block of blocks) await this.range(file, block * file.blockSize, 1);
    return this.#aheadSince(before);
  }

  range(file: BlockFile, offset: number, length: number): Promise<readonly Uint8Array[]> {
    const { signal } = new AbortController();
    return this.ahead.read({ file, offset, length, priority: 'user', signal });
  }

  advanced(file: BlockFile, ...blocks: readonly number[]): readonly number[] {
    const before = this.asked.length;
    for (const block of blocks) this.ahead.advanced(file, block);
    return this.#aheadSince(before);
  }

  #aheadSince(before: number): readonly number[] {
    const own = this.asked.slice(before).filter((asked) => !asked.startsWith('read '));
    return own.map((asked) => Number(asked.split(' ')[1]));
  }
}

function movie(name = 'movie', blocks = 1000, blockSize = MIB): BlockFile {
  return fileOf(name, blocks * blockSize, blockSize);
}

/** Blocks 0 to `end`, exclusive. */
function upTo(end: number): readonly number[] {
  return Array.from({ length: end }, (_, index) => index);
}

describe('ReadAhead', () => {
  it('passes the read on first, with its result and its failure', async () => {
    const watched = new Watched();
    await watched.read(movie(), 0);
    expect(await watched.range(movie(), MIB, 5)).toEqual([Buffer.from('bytes')]);
    expect(watched.asked).toEqual(['read movie 0', `read movie ${MIB}`, 'movie 2', 'movie 3']);
    expect([...watched.priorities]).toEqual(['readahead']);
    const failing = new ReadAhead({ read: () => Promise.reject(new Error('no')) }, () => undefined);
    const { signal } = new AbortController();
    const read = failing.read({ file: movie(), offset: 0, length: 1, priority: 'user', signal });
    await expect(read).rejects.toThrow('no');
  });

  it('sees every block of a long read', async () => {
    const watched = new Watched();
    await watched.range(movie(), MIB - 1, MIB + 2);
    expect(watched.asked.slice(1)).toEqual(['movie 2', 'movie 3', 'movie 4', 'movie 5', 'movie 6']);
  });

  it('asks for nothing after an empty read', async () => {
    const watched = new Watched();
    await watched.range(movie(), 0, 0);
    expect(await watched.read(movie(), 1)).toEqual([]);
  });

  it('keeps a single reader 16 MiB ahead, whatever the block size', async () => {
    for (const blockSize of [MIB / 16, MIB, 4 * MIB, 16 * MIB]) {
      const watched = new Watched();
      const window = (16 * MIB) / blockSize;
      const file = movie('movie', 1000, blockSize);
      const asked = await watched.read(file, ...upTo(400));
      expect(asked).toEqual([...new Set(asked)]);
      expect(asked.at(-1)).toBe(399 + window);
    }
  });

  it('goes on with a run whose blocks were found cached, one by one or several in a row', async () => {
    const watched = new Watched();
    await watched.read(movie(), 0, 1);
    expect(watched.advanced(movie(), 2)).toEqual([4, 5, 6]);
    expect(watched.advanced(movie(), 3, 4, 5)).toEqual(upTo(22).slice(7));
  });

  it('begins no run with a cached block', () => {
    const watched = new Watched();
    expect(watched.advanced(movie(), 0, 1, 2, 3)).toEqual([]);
  });

  it('shares the window among readers of several files and of one', async () => {
    const files = upTo(4).map((index) => movie(`file-${index}`));
    const watched = new Watched();
    const ahead = new Map<string, number>();
    for (const block of upTo(40)) {
      for (const file of files) {
        for (const start of [0, 500]) {
          const asked = await watched.read(file, start + block);
          for (const wanted of asked) ahead.set(`${file.id} ${start}`, wanted - start - block);
        }
      }
    }
    expect([...ahead.values()]).toEqual(Array.from({ length: 8 }, () => 2));
  });

  it('fetches nothing ahead for so many readers that they keep the link busy themselves', async () => {
    const files = upTo(17).map((index) => movie(`file-${index}`));
    const watched = new Watched();
    for (const block of upTo(20)) for (const file of files) await watched.read(file, block);
    const before = watched.asked.length;
    for (const file of files) await watched.read(file, 20);
    expect(watched.asked.slice(before).filter((asked) => !asked.startsWith('read '))).toEqual([]);
  });

  it('gives a reader the whole window again when the others have stopped', async () => {
    const watched = new Watched();
    for (const block of upTo(20)) {
      for (const name of ['a', 'b', 'c', 'd']) await watched.read(movie(name), block);
    }
    expect((await watched.read(movie('a'), 20)).at(-1)).toBe(24);
    expect((await watched.read(movie('a'), ...upTo(90).slice(21))).at(-1)).toBe(89 + 16);
  });

  it('does not count readers that have reached the end of their file, or that jump about', async () => {
    const watched = new Watched();
    for (const index of upTo(50)) await watched.read(movie(`short-${index}`, 3), 0, 1, 2);
    await watched.read(movie('random'), ...upTo(30).map((index) => 900 - index * 7));
    expect((await watched.read(movie(), ...upTo(30))).at(-1)).toBe(29 + 16);
  });

  it('forgets the file read longest ago after 256 others', async () => {
    const watched = new Watched();
    await watched.read(movie('first'), 0);
    for (const index of upTo(255)) await watched.read(movie(`file-${index}`), 0);
    expect(await watched.read(movie('first'), 1)).toEqual([2, 3]);
    for (const index of upTo(256)) await watched.read(movie(`other-${index}`), 0);
    expect(await watched.read(movie('first'), 2)).toEqual([]);
  });
});
