/** Makes a frame no kernel would send out of one that it would: cheap, endless, and the same for the same seed. */
import { InHeader, Opcode } from '../../src-main/engine/fuse/kernel/protocol/abi.ts';
import { Dice } from '../helpers/dice.ts';
import { goldenFrames } from './fuzz-golden.ts';

const OPCODE_AT = 4;
const UNIQUE_AT = 8;
const NODE_AT = 16;
/** Operations whose body begins with the handle of a file. */
const WITH_HANDLE: readonly number[] = [Opcode.READ, Opcode.LSEEK, Opcode.RELEASE];
const LARGEST_FRAME = 4096;

export class FuzzFrames {
  readonly #dice: Dice;
  readonly #golden: readonly [Buffer, ...Buffer[]];
  readonly #frame = Buffer.alloc(LARGEST_FRAME);
  /** One that the session gave out; the frames of most readers have it. */
  handle = 0n;

  constructor(seed: number) {
    this.#dice = new Dice(seed);
    const [first, ...others] = goldenFrames(seed);
    if (first === undefined) throw new Error('no frame to begin with');
    this.#golden = [first, ...others];
  }

  /** A view, valid until the next call. Its id is `unique` unless it is garbage, which may have any. */
  next(unique: bigint): Buffer {
    const dice = this.#dice;
    const target = this.#frame;
    const length = dice.pick(this.#golden).copy(target);
    target.writeBigUInt64LE(unique, UNIQUE_AT);
    const hasHandle = WITH_HANDLE.includes(target.readUInt32LE(OPCODE_AT));
    if (hasHandle && dice.below(4) > 0) target.writeBigUInt64LE(this.handle, InHeader.size);
    const manner = dice.below(100);
    if (manner < 45) return this.#sized(length);
    if (manner < 75) return this.#altered(length);
    if (manner < 85) return this.#sized(InHeader.size + dice.below(length - InHeader.size + 1));
    if (manner < 89) return this.#lying(length);
    if (manner < 92) return target.subarray(0, 1 + dice.below(InHeader.size - 1));
    if (manner < 96) {
      target.writeUInt32LE(dice.word() >>> dice.below(32), OPCODE_AT);
      return this.#sized(length);
    }
    return this.#garbage();
  }

  /** What its header says is how long it is. */
  #sized(length: number): Buffer {
    this.#frame.writeUInt32LE(length, 0);
    return this.#frame.subarray(0, length);
  }

  /** A few bytes of node id, caller or body are something else. */
  #altered(length: number): Buffer {
    for (let changes = 1 + this.#dice.below(4); changes > 0; changes -= 1) {
      this.#frame[NODE_AT + this.#dice.below(length - NODE_AT)] = this.#dice.below(256);
    }
    return this.#sized(length);
  }

  #lying(length: number): Buffer {
    this.#frame.writeUInt32LE(this.#dice.pick([0, 1, length - 1, length + 1, this.#dice.word()]), 0);
    return this.#frame.subarray(0, length);
  }

  #garbage(): Buffer {
    const length = InHeader.size + this.#dice.below(200);
    for (let at = 0; at < length; at += 4) this.#frame.writeUInt32LE(this.#dice.word(), at);
    return this.#dice.below(2) === 0 ? this.#sized(length) : this.#frame.subarray(0, length);
  }
}
