/**
 * Where readers are in their files, so that eviction spares what they reach next although nobody used it for long. Known from
 * what was served lately; bounded.
 */
import type { BlockName } from './cache-layout.ts';

/** Blocks of a stretch: a position spares its own and the one after it, as much as read-ahead would ask for. */
const STRETCH_BLOCKS = 8;
/** More readers than one machine has. */
const MAX_POSITIONS = 256;

export class ReadPositions {
  /** When each stretch was last read, in the order of uses; the one longest ago first. */
  readonly #readAt = new Map<string, number>();

  note(name: BlockName, use: number): void {
    // A reader that moved on has left the stretch before.
    this.#readAt.delete(stretchOf(name, -1));
    const stretch = stretchOf(name, 0);
    this.#readAt.delete(stretch);
    this.#readAt.set(stretch, use);
    const [oldest] = this.#readAt.keys();
    if (this.#readAt.size > MAX_POSITIONS && oldest !== undefined) this.#readAt.delete(oldest);
  }

  /** When the reader that will reach the block was last seen, in the order of uses; 0 when there is none. */
  seen(name: BlockName): number {
    return Math.max(this.#readAt.get(stretchOf(name, 0)) ?? 0, this.#readAt.get(stretchOf(name, -1)) ?? 0);
  }
}

function stretchOf({ namespace, artifact, block }: BlockName, away: number): string {
  return `${namespace}/${artifact}/${Math.floor(block / STRETCH_BLOCKS) + away}`;
}
