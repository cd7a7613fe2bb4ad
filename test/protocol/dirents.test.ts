import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { direntBytes, DirentType, DirentWriter } from '../../src-main/engine/fuse/kernel/protocol/dirents.ts';
import { Attr, Dirent, ENTRY_OUT_SIZE, EntryOut } from '../../src-main/engine/fuse/kernel/protocol/abi.ts';

const START = 16;
const names = fc.array(fc.uint8Array({ minLength: 1, maxLength: 255 }), { maxLength: 40 });

/** Parses a reply as the kernel does: each record where the one before ends, rounded up to 8. */
function parse(bytes: Buffer, length: number, plus: boolean) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const parsed: { ino: number; next: number; name: string; nodeid?: number; mode?: number }[] = [];
  for (let at = START; at < START + length;) {
    const entry = plus ? EntryOut.decode(view, at, EntryOut.size) : undefined;
    const attr = plus ? Attr.decode(view, at + EntryOut.size, Attr.size) : undefined;
    const base = at + (plus ? ENTRY_OUT_SIZE : 0);
    const dirent = Dirent.decode(view, base, Dirent.size);
    if (dirent === undefined) throw new Error('unreachable');
    const name = bytes.subarray(base + Dirent.size, base + Dirent.size + dirent.namelen).toString('hex');
    parsed.push({
      ino: dirent.ino,
      next: dirent.off,
      name,
      ...(entry === undefined ? {} : { nodeid: entry.nodeid }),
      ...(attr === undefined ? {} : { mode: attr.mode }),
    });
    at += direntBytes(dirent.namelen, plus);
  }
  return parsed;
}

describe.each([false, true])('DirentWriter, plus = %s', (plus) => {
  it('packs whole entries that parse back, never beyond its capacity', () => {
    fc.assert(
      fc.property(names, fc.integer({ min: 0, max: 8192 }), (wanted, capacity) => {
        const bytes = Buffer.alloc(START + capacity + 512, 0xee);
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        const writer = new DirentWriter(bytes, view, START, capacity);
        const written: string[] = [];
        for (const [index, name] of wanted.entries()) {
          if (!writer.fits(name.length, plus)) {
            expect(writer.length + direntBytes(name.length, plus)).toBeGreaterThan(capacity);
            break;
          }
          const value = plus ? { entry: { nodeid: index + 2 }, attr: { mode: 0o100644 } } : undefined;
          writer.add({ ino: index + 2, next: index + 3, type: DirentType.FILE, name }, value);
          written.push(Buffer.from(name).toString('hex'));
        }
        expect(writer.length).toBeLessThanOrEqual(capacity);
        expect(writer.length % 8).toBe(0);
        expect(bytes.subarray(START + writer.length).every((byte) => byte === 0xee)).toBe(true);
        const parsed = parse(bytes, writer.length, plus);
        expect(parsed.map(({ name }) => name)).toEqual(written);
        expect(parsed.map(({ ino }) => ino)).toEqual(written.map((_, index) => index + 2));
        expect(parsed.map(({ next }) => next)).toEqual(written.map((_, index) => index + 3));
        if (plus) expect(parsed.map(({ nodeid }) => nodeid)).toEqual(written.map((_, index) => index + 2));
      }),
    );
  });

  it('throws rather than write half an entry', () => {
    const bytes = Buffer.alloc(64);
    const writer = new DirentWriter(bytes, new DataView(bytes.buffer, bytes.byteOffset), 0, 8);
    const value = plus ? { entry: {}, attr: {} } : undefined;
    expect(() => writer.add({ ino: 1, next: 1, type: 4, name: Buffer.from('x') }, value)).toThrow('fit');
    expect(writer.length).toBe(0);
  });
});
