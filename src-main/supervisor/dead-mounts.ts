/**
 * Takes away mounts whose engine is gone: they answer everybody with an error. Works on the mount table alone and never
 * looks at the mounts themselves. Invariant: what somebody else mounted at the same place since stays.
 */
import { connectionAt } from '../engine/fuse/kernel/mount-table.ts';
import { placeOf } from '../engine/fuse/mount-place.ts';
import { inProcessTurn } from '../engine/fuse/process-turn.ts';

/** Names one mount of the kernel. */
export interface MountedAt {
  readonly mountPoint: string;
  /** Undefined where the kernel has no number for it. */
  readonly connection: number | undefined;
}

/** What is mounted there now, by the path that the kernel has for it. Never rejects. */
export async function identifyMount(wanted: string): Promise<MountedAt> {
  const mountPoint = await placeOf(wanted);
  // Other systems have no such table.
  const isLinux = process.platform === 'linux';
  return {
    mountPoint,
    connection: isLinux ? await connectionAt(mountPoint).catch(() => undefined) : undefined,
  };
}

export async function removeDeadMount({ mountPoint, connection }: MountedAt): Promise<void> {
  if (process.platform !== 'linux') return;
  // Only now: it loads native code, which a supervisor whose engine lives never needs.
  const { detachConnection } = await import('../engine/fuse/kernel/mount.ts');
  // Another process may be about to mount there.
  await inProcessTurn(mountPoint, () => detachConnection(mountPoint, connection));
}
