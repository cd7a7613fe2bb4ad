/**
 * Whole requests of every operation, valid but odd: fields at the edges of their ranges, names that no program would type.
 * Where the fuzz begins; what it makes of them is in fuzz-frames.ts.
 */
import fc from 'fast-check';
import * as abi from '../../src-main/engine/fuse/kernel/protocol/abi.ts';
import { frame } from '../helpers/memory-device.ts';

const { Opcode } = abi;
/** Of each operation whose body is looked into, and of each other one. */
const SAMPLES = { looked: 400, other: 40 };
const LARGEST_U64 = 2n ** 64n - 1n;

/** Sizes, offsets and handles a kernel could send, and some that none would. */
const number64 = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt(0n, 110_000n) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(0n, 1n, 2n ** 31n, 2n ** 32n, 2n ** 52n, 2n ** 53n, 2n ** 63n, LARGEST_U64),
  },
  { weight: 1, arbitrary: fc.bigInt(0n, LARGEST_U64) },
);
const number32 = fc.oneof(
  fc.integer({ min: 0, max: 5_000 }),
  fc.integer({ min: 0, max: 200_000 }),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
);
/** The root, the folder and the file of the fuzz's catalogue, small files, and ids that nobody gave out. */
const node = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(1, 3, 4, 4, 4) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 12 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(520, 2 ** 32, 2 ** 51, 2 ** 52, 2 ** 53 - 1),
  },
);
const name = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('file.bin', 'dir', 'many-7', '.', '..', '', 'user.ghost.artifact'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
);
const nameBytes = fc.oneof(
  { weight: 4, arbitrary: name.map((text) => Buffer.from(`${text}\0`)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
);

/** A struct of eight-byte and four-byte members, as they stand in memory. */
function fields(...members: readonly fc.Arbitrary<bigint | number>[]): fc.Arbitrary<Buffer> {
  return fc.tuple(...members).map((values) =>
    Buffer.concat(
      values.map((value) => {
        const bytes = Buffer.alloc(typeof value === 'bigint' ? 8 : 4);
        if (typeof value === 'bigint') bytes.writeBigUInt64LE(value);
        else bytes.writeUInt32LE(value);
        return bytes;
      }),
    ),
  );
}

const joined = (...parts: readonly fc.Arbitrary<Buffer>[]): fc.Arbitrary<Buffer> =>
  fc.tuple(...parts).map((buffers) => Buffer.concat(buffers));

const anything = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
const reading = fields(number64, number64, number32, number32, number64, number32, number32);
const batch = fc
  .tuple(fc.nat(20), fc.array(fields(number64, number64), { maxLength: 20 }))
  .map(([count, ones]) => {
    const head = Buffer.alloc(8);
    head.writeUInt32LE(count);
    return Buffer.concat([head, ...ones]);
  });

const BODIES: Partial<Record<keyof typeof Opcode, fc.Arbitrary<Buffer>>> = {
  INIT: joined(fields(fc.constantFrom(6, 7, 7, 7, 8), fc.nat(50), number32, number32), anything),
  LOOKUP: nameBytes,
  FORGET: fields(number64),
  BATCH_FORGET: batch,
  GETATTR: fields(fc.nat(2), fc.constant(0), number64),
  OPEN: fields(number32, number32),
  READ: reading,
  READDIR: reading,
  READDIRPLUS: reading,
  RELEASE: fields(number64, number32, number32, number64),
  RELEASEDIR: fields(number64, number32, number32, number64),
  ACCESS: fields(fc.nat(8), fc.constant(0)),
  GETXATTR: joined(fields(number32, number32), nameBytes),
  LISTXATTR: fields(number32, number32),
  LSEEK: fields(number64, number64, fc.nat(5), fc.constant(0)),
  INTERRUPT: fields(number64),
};

/** The same for the same seed. */
export function goldenFrames(seed: number): readonly Buffer[] {
  return Object.entries(Opcode).flatMap(([operation, opcode]) => {
    const body = BODIES[operation as keyof typeof Opcode];
    const frames = fc.tuple(node, body ?? anything).map(([id, bytes]) => frame(opcode, id, 0n, bytes));
    return fc.sample(frames, { seed, numRuns: body === undefined ? SAMPLES.other : SAMPLES.looked });
  });
}
