/**
 * Mounts for a moment, in a directory of its own, to learn from the kernel itself whether that works and what it can do. No
 * request is ever answered. Invariant: mount and directory are gone when it returns.
 */
import { close, read } from 'node:fs';
import { mkdtemp, realpath, rmdir } from 'node:fs/promises';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '../../engine/clock.ts';
import { messageOf } from '../../engine/errors.ts';
import { InHeader, InitBit, InitIn, InitInExt } from '../../engine/fuse/kernel/protocol/abi.ts';
import { inTime } from '../../engine/in-time.ts';
import { withStop, type Check } from './check.ts';

/** The kernel asks for the session's beginning while it mounts. */
const INIT_LIMIT_MS = 2_000;
/** The kernel hands out no request to who offers less than 8 KiB. */
const REQUEST_BYTES = 64 << 10;

export async function trialMountCheck(): Promise<Check> {
  const name = 'Mounting';
  try {
    const offered = await offeredFlags();
    if (offered === undefined) {
      const sentence = 'A mount was made, and the kernel did not say what it can do.';
      return { name, level: 'warning', sentence };
    }
    return featureCheck(offered);
  } catch (error) {
    return { name, level: 'problem', sentence: withStop(`Nothing can be mounted: ${messageOf(error)}`) };
  }
}

export function featureCheck(offered: bigint): Check {
  const has = (bit: number): boolean => (offered & (1n << BigInt(bit))) !== 0n;
  const name = 'Mounting';
  const passthrough = has(InitBit.PASSTHROUGH) ? 'offers' : 'does not offer';
  const works = `A mount for a moment worked, on Linux ${release()}`;
  if (has(InitBit.HAS_RESEND)) {
    const sentence = `${works}: mounts outlive a crash of the engine. The kernel ${passthrough} passthrough, which is not used.`;
    return { name, level: 'ok', sentence };
  }
  return {
    name,
    level: 'warning',
    sentence: `${works}, which cannot send requests again: reads under way fail when the engine crashes. The kernel ${passthrough} passthrough, which is not used.`,
    remedy: 'Linux 6.9 and later can; until then everything else works.',
  };
}

/** Bit n set: capability n is offered; undefined when the kernel does not ask. Rejects with MOUNT_FAILED. */
async function offeredFlags(): Promise<bigint | undefined> {
  // Only now: it loads native code.
  const { attach, detach } = await import('../../engine/fuse/kernel/mount.ts');
  const place = await realpath(await mkdtemp(join(tmpdir(), 'orbit-ghost-')));
  try {
    const fd = await attach({ mountPoint: place, name: 'orbit-ghost-check', allowOther: false });
    try {
      return await inTime(firstRequest(fd), INIT_LIMIT_MS, systemClock);
    } finally {
      // First, so that whoever looks at the place meanwhile gets an error and does not wait.
      await promisify(close)(fd);
      await detach(place);
    }
  } finally {
    await rmdir(place);
  }
}

async function firstRequest(fd: number): Promise<bigint | undefined> {
  const { bytesRead, buffer } = await promisify(read)(
    fd,
    Buffer.alloc(REQUEST_BYTES),
    0,
    REQUEST_BYTES,
    null,
  );
  const view = new DataView(buffer.buffer, buffer.byteOffset, bytesRead);
  const body = InHeader.size;
  const init = InitIn.decode(view, body, bytesRead - body);
  if (init === undefined) return undefined;
  const more = InitInExt.decode(view, body + InitIn.size, bytesRead - body - InitIn.size);
  return (BigInt(more?.flags2 ?? 0) << 32n) | BigInt(init.flags);
}
