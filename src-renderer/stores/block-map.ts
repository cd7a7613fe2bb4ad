/**
 * The blocks of one file as last heard: one byte per block, changed in place, and how many there are of each state.
 * Invariant: the counts are those of the bytes. Pure but for being mutable; `blocks.ts` tells the screen about changes.
 */
import type { BlocksEvent } from '../../src-main/ipc/contract.ts';
import { STATES } from '../lib/block-states.ts';

/** A read glows this long. */
export const GLOW_MS = 1_500;

export interface RecentRead {
  readonly first: number;
  readonly count: number;
  readonly at: number;
}

export class BlockMap {
  size = 0;
  blockSize = 0;
  states: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** By index of state. */
  readonly counts: number[] = STATES.map(() => 0);
  /** The oldest first. */
  reads: readonly RecentRead[] = [];

  apply(event: BlocksEvent, now: number): void {
    if (event.kind === 'snapshot') {
      this.#replace(event);
      return;
    }
    for (const [first, count, state] of event.changes) this.#set(first, count, state);
    this.forgetReads(now);
    if (event.reads.length > 0) {
      this.reads = [...this.reads, ...event.reads.map(([first, count]) => ({ first, count, at: now }))];
    }
  }

  /** Bytes of the file in blocks of one state. */
  bytesOf(state: number): number {
    return this.#bytes(this.counts[state] ?? 0, this.states.at(-1) === state);
  }

  /** The blocks whose read still glows, each once, and their bytes. */
  justRead(): { readonly blocks: number; readonly bytes: number } {
    let blocks = 0;
    let end = 0;
    for (const { first, count } of this.reads.toSorted((a, b) => a.first - b.first)) {
      const last = Math.min(first + count, this.states.length);
      blocks += Math.max(0, last - Math.max(first, end));
      end = Math.max(end, last);
    }
    return { blocks, bytes: this.#bytes(blocks, blocks > 0 && end === this.states.length) };
  }

  /** Drops the reads that no longer glow; says whether any did. */
  forgetReads(now: number): boolean {
    const fresh = this.reads.filter(({ at }) => now - at < GLOW_MS);
    const changed = fresh.length !== this.reads.length;
    if (changed) this.reads = fresh;
    return changed;
  }

  /** The last block may be short. */
  #bytes(blocks: number, withLast: boolean): number {
    return blocks * this.blockSize - (withLast ? this.states.length * this.blockSize - this.size : 0);
  }

  #replace({ size, blockSize, blocks, states }: Extract<BlocksEvent, { kind: 'snapshot' }>): void {
    const bytes = bytesOfBase64(states);
    this.size = size;
    this.blockSize = blockSize;
    // A server's mistake must not put a file out of its length.
    this.states = bytes.length === blocks ? bytes : resized(bytes, blocks);
    this.reads = [];
    this.counts.fill(0);
    for (let index = 0; index < this.states.length; index++) this.#count(this.states[index] ?? 0, 1);
  }

  #set(first: number, count: number, state: number): void {
    const end = Math.min(first + count, this.states.length);
    for (let index = first; index < end; index++) {
      this.#count(this.states[index] ?? 0, -1);
      this.states[index] = state;
      this.#count(state, 1);
    }
  }

  #count(state: number, change: number): void {
    this.counts[state] = (this.counts[state] ?? 0) + change;
  }
}

function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let index = 0; index < characters.length; index++) bytes[index] = characters.charCodeAt(index);
  return bytes;
}

function resized(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(length);
  result.set(bytes.subarray(0, length));
  return result;
}
