import { describe, expect, it } from 'vitest';
import { InitBit, PROTOCOL_MINOR } from '../../src-main/engine/fuse/kernel/protocol/abi.ts';
import { negotiate } from '../../src-main/engine/fuse/kernel/protocol/init.ts';

const EVERYTHING = 0xffff_ffff_ffff_ffffn;
const bit = (number: number): number => (1 << number) >>> 0;

describe('negotiate', () => {
  it('asks for nothing the kernel did not offer', () => {
    const offered = BigInt(bit(InitBit.MAX_PAGES) | bit(InitBit.PARALLEL_DIROPS));
    const answer = negotiate({ major: 7, minor: 45, maxReadahead: 131072, flags: offered });
    expect(answer).toMatchObject({
      kind: 'accept',
      reply: { flags: Number(offered), flags2: 0, maxReadahead: 131072 },
    });
  });

  it('takes large requests, automatic invalidation and directory entries with attributes where offered', () => {
    const answer = negotiate({ major: 7, minor: 45, maxReadahead: 131072, flags: EVERYTHING });
    if (answer.kind !== 'accept') throw new Error(answer.kind);
    const flags = answer.reply.flags ?? 0;
    for (const wanted of [
      'ASYNC_READ',
      'MAX_PAGES',
      'AUTO_INVAL_DATA',
      'DO_READDIRPLUS',
      'READDIRPLUS_AUTO',
      'INIT_EXT',
    ] as const) {
      expect(flags & bit(InitBit[wanted]), wanted).not.toBe(0);
    }
    expect(answer.reply.maxPages).toBe(256);
    // The kernel's own 12 would be used up by a dozen readers that wait.
    expect(answer.reply.maxBackground).toBeGreaterThan(100);
    // Direct I/O in the background, which no signal interrupts.
    expect(flags & bit(15)).toBe(0);
    // Write-back and POSIX ACLs would let the kernel keep or enforce state of its own on a read-only tree.
    expect(flags & bit(16)).toBe(0);
    expect(flags & bit(20)).toBe(0);
  });

  it('speaks the older of both minor versions', () => {
    expect(negotiate({ major: 7, minor: 33, maxReadahead: 0, flags: 0n })).toMatchObject({
      reply: { minor: 33 },
    });
    expect(negotiate({ major: 7, minor: 99, maxReadahead: 0, flags: 0n })).toMatchObject({
      reply: { minor: PROTOCOL_MINOR },
    });
  });

  it('lets a newer major ask again and refuses a kernel that is too old with a sentence', () => {
    expect(negotiate({ major: 8, minor: 0, maxReadahead: 0, flags: 0n }).kind).toBe('renegotiate');
    expect(negotiate({ major: 7, minor: 26, maxReadahead: 0, flags: 0n })).toMatchObject({
      kind: 'refuse',
      reason: expect.stringContaining('7.26') as string,
    });
  });
});
