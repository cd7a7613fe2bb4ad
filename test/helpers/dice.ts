/**
 * Chance that can be repeated: the same seed throws the same dice. Cheap enough to be asked millions of times a second.
 */
export class Dice {
  #state: number;

  /** Any whole number; equal ones make equal dice. */
  constructor(seed: number) {
    // xorshift never leaves 0, and near seeds must not begin alike.
    this.#state = Math.imul(seed ^ 0x9e37_79b9, 0x85eb_ca6b) | 1;
    for (let warmUp = 0; warmUp < 8; warmUp += 1) this.word();
  }

  /** 32 bits. */
  word(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return state >>> 0;
  }

  /** A whole number from 0 up to, without, `limit`. */
  below(limit: number): number {
    return Math.floor((this.word() / 2 ** 32) * limit);
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }
}
