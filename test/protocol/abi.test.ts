import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as abi from '../../src-main/engine/fuse/kernel/protocol/abi.ts';
import { safe64, struct, u16, u32, u64 } from '../../src-main/engine/fuse/kernel/protocol/struct.ts';
import type { Field, Struct } from '../../src-main/engine/fuse/kernel/protocol/struct.ts';
import { KERNEL_LAYOUT } from './kernel-layout.ts';

type AnyDeclared = Struct<Record<string, Field<number> | Field<bigint>>>;
const isDeclared = (value: unknown): value is AnyDeclared =>
  typeof value === 'object' && value !== null && 'decode' in value;
const declared = Object.entries<unknown>(abi).flatMap(([name, value]): [string, AnyDeclared][] =>
  isDeclared(value) ? [[name, value]] : [],
);
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

describe('struct declarations', () => {
  it.each(Object.entries(KERNEL_LAYOUT))(
    '%s is laid out as the kernel lays it out',
    (name, { size, offsets }) => {
      const ours = declared.find(([declaredName]) => declaredName === name)?.[1];
      expect(ours?.size).toBe(size);
      for (const [member, layout] of Object.entries(offsets)) {
        const field = ours?.fields[member];
        expect([field?.offset, field?.size], member).toEqual(layout);
      }
    },
  );

  it('gives entry and attribute replies their C sizes', () => {
    expect(abi.ENTRY_OUT_SIZE).toBe(128);
    expect(abi.AttrOut.size + abi.Attr.size).toBe(104);
  });

  it('refuses to load with a field outside its struct or over another', () => {
    expect(() => struct(8, { late: u32(6) })).toThrow('outside');
    expect(() => struct(8, { first: u64(0), second: u16(4) })).toThrow('overlaps');
  });

  it.each(declared)('%s refuses every truncation and reads nothing behind its end', (_name, ours) => {
    for (let available = 0; available < ours.size; available++) {
      expect(ours.decode(viewOf(new Uint8Array(available)), 0, available)).toBeUndefined();
    }
    expect(ours.decode(viewOf(new Uint8Array(ours.size)), 0, ours.size)).toBeDefined();
  });

  it.each(declared)(
    '%s decodes what it encoded, at any offset, and clears what it was not given',
    (_name, ours) => {
      const values = fc.record(
        Object.fromEntries(
          Object.entries(ours.fields).map(([name, field]) => [
            name,
            field.size === 2
              ? fc.integer({ min: 0, max: 0xffff })
              : field.size === 4
                ? fc.integer({ min: 0, max: 0xffff_ffff })
                : typeof field.get(viewOf(new Uint8Array(ours.size)), 0) === 'bigint'
                  ? fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn })
                  : fc.maxSafeNat(),
          ]),
        ),
        { requiredKeys: [] },
      );
      fc.assert(
        fc.property(values, fc.nat(64), (given, base) => {
          const bytes = new Uint8Array(base + ours.size + 8).fill(0xee);
          expect(ours.encode(viewOf(bytes), base, given as never)).toBe(ours.size);
          const zero = Object.fromEntries(
            Object.entries(ours.decode(viewOf(new Uint8Array(ours.size)), 0, ours.size) ?? {}),
          );
          expect(ours.decode(viewOf(bytes), base, ours.size)).toEqual({ ...zero, ...given });
          expect(
            [...bytes.subarray(0, base), ...bytes.subarray(base + ours.size)].every((byte) => byte === 0xee),
          ).toBe(true);
        }),
      );
    },
  );

  it('keeps 64-bit ids of the kernel exactly', () => {
    const bytes = Buffer.from('2800000003000000feffffffffffffff0700000000000000', 'hex');
    const header = Buffer.concat([bytes, Buffer.alloc(16)]);
    expect(abi.InHeader.decode(viewOf(header), 0, header.length)).toMatchObject({
      len: 40,
      opcode: abi.Opcode.GETATTR,
      unique: 0xffff_ffff_ffff_fffen,
      nodeid: 7,
    });
  });

  it('rounds numbers above 2^53 upwards, never into a valid id', () => {
    const field = safe64(0);
    const view = viewOf(new Uint8Array(8));
    view.setBigUint64(0, 0xffff_ffff_ffff_ffffn, true);
    expect(field.get(view, 0)).toBeGreaterThan(Number.MAX_SAFE_INTEGER);
  });
});

describe('golden bytes', () => {
  it('writes a reply header', () => {
    const bytes = Buffer.alloc(16);
    abi.OutHeader.encode(viewOf(bytes), 0, {
      len: 16,
      error: 0x1_0000_0000 - 2,
      unique: 0x0102030405060708n,
    });
    expect(bytes.toString('hex')).toBe('10000000' + 'feffffff' + '0807060504030201');
  });

  it('writes an attribute block', () => {
    const bytes = Buffer.alloc(88, 0xff);
    abi.Attr.encode(viewOf(bytes), 0, {
      ino: 0x1122,
      size: 0x1_0000_0001,
      blocks: 3,
      mtime: 0x65000000,
      mode: 0o100644,
      nlink: 1,
      uid: 1000,
      gid: 100,
    });
    expect(bytes.toString('hex')).toBe(
      '2211000000000000' + '0100000001000000' + '0300000000000000' + // ino, size, blocks
        '0000000000000000' + '0000006500000000' + '0000000000000000' + // atime, mtime, ctime
        '000000000000000000000000' + // nanoseconds
        'a4810000' + '01000000' + 'e8030000' + '64000000' + // mode, nlink, uid, gid
        '000000000000000000000000', // rdev, blksize, flags
    ); // prettier-ignore
  });
});
