/**
 * The `fuse-native` driver: the package's threads take requests from the kernel, the engine's main thread answers them. A
 * fallback: it knows paths, not nodes, and no interrupts. Invariant: a session is over only when libfuse has left it.
 */
import { CachedBlockFiles } from '../../cache/cached-block-files.ts';
import type { Clock } from '../../clock.ts';
import { keptOpen } from '../../descriptors.ts';
import { GhostError, messageOf } from '../../errors.ts';
import { GhostFilesystem } from '../../filesystem/ghost-filesystem.ts';
import type { MountSettings } from '../../filesystem/mount-settings.ts';
import { openMagnetar } from '../../metadata/magnetar/magnetar-adapter.ts';
import { withCatalogueRetry } from '../../metadata/retry.ts';
import type { FuseDriver, Mount, MountEnd, MountRequest } from '../driver.ts';
import { mountAt, SUBTYPE } from '../kernel/mount-table.ts';
import { inTurnAt, prepareMountPoint } from '../mount-point.ts';
import { deviceDescriptors, isDeviceDescriptor } from './device-descriptors.ts';
import { loadFuseNative, type FuseNative, type NativeMount } from './fuse-native-module.ts';
import { NativeOperations } from './operations.ts';

/** Descriptors of block files kept open, as many as the other driver keeps. */
const OPEN_BLOCK_FILES = 1024;
/** The kernel's handshake follows the mount within a millisecond; past this it never comes. */
const READY_LIMIT_MS = 10_000;
/** How long an unmounted session may take to end, as in the other driver. */
const END_LIMIT_MS = 2_000;
/** How often to look whether somebody else has ended the session: two readlinks a second cost nothing. */
const WATCH_MS = 500;
/** The same while we wait for it. */
const END_WATCH_MS = 5;
/** The package copies the path into a buffer of 1024 bytes. */
const MAX_MOUNT_POINT_BYTES = 1023;
/** Read-ahead requests the kernel may have waiting; with libfuse's 12 one cold file would hold up the others. */
const MAX_BACKGROUND = 64;

/** Mounts follow each other: a session's descriptor is known as the one that its mounting added. */
let mounting: Promise<unknown> = Promise.resolve();

export function nativeDriver(clock: Clock): FuseDriver {
  return {
    name: 'fuse-native',
    unavailable: obstacle,
    mount: async (request) => {
      const previous = mounting;
      const mounted = previous.then(() =>
        inTurnAt(request.settings.mountPoint, () => mountNative(clock, request)),
      );
      mounting = mounted.catch(() => {});
      return await mounted;
    },
  };
}

async function obstacle(): Promise<string | undefined> {
  // The mount table and the session's descriptor are read from /proc.
  if (process.platform !== 'linux') return 'The fuse-native driver needs Linux.';
  try {
    await loadFuseNative();
  } catch (error) {
    return messageOf(error);
  }
  return await (await import('../kernel/mount.ts')).attachObstacle();
}

async function mountNative(
  clock: Clock,
  { settings, blocks, attributes, reads, served, logger }: MountRequest,
): Promise<Mount> {
  const Fuse = await loadFuseNative();
  const { detach, detachConnection, detachIdle } = await import('../kernel/mount.ts');
  const mountPoint = await prepareMountPoint(settings.mountPoint, { detach });
  if (Buffer.byteLength(mountPoint) > MAX_MOUNT_POINT_BYTES) {
    throw new GhostError(
      'MOUNT_FAILED',
      `The mount point ${mountPoint} has more than ${MAX_MOUNT_POINT_BYTES} bytes, the most that the fuse-native driver can take. Choose another.`,
    );
  }
  const { filesystem, close } = await openFilesystem(clock, settings, served);
  const operations = new NativeOperations({
    filesystem,
    blocks,
    attributes,
    reads: reads.eventLoop,
    clock,
    logger,
  });
  const fuse = new Fuse(mountPoint, operations.table(), {
    allowOther: settings.allowOther,
    defaultPermissions: true,
    autoCache: true,
    fsname: `orbit-ghost-job-${settings.job}`,
    // The package has no names for the options that follow, and passes a value on as it is.
    subtype: `${SUBTYPE},ro,nosuid,nodev,use_ino,max_background=${MAX_BACKGROUND}`,
    timeout: false,
  });
  Object.assign(fuse, operations.attributeHandlers());

  const ended = Promise.withResolvers<MountEnd>();
  let device: number;
  try {
    device = await start(clock, fuse, mountPoint);
  } catch (error) {
    operations.end();
    await detach(mountPoint).catch((cause: unknown) =>
      logger.warn(`Cleaning up ${mountPoint} failed`, cause),
    );
    close();
    throw error;
  }

  const connection = (await mountAt(mountPoint))?.minor;
  let unmounting: Promise<boolean> | undefined;
  let leaving = false;
  let finished = false;
  let cancelWatch = (): void => {};
  /** Ends what belongs to the session once libfuse has left it. */
  function look(): boolean {
    if (finished) return true;
    if (isDeviceDescriptor(device)) return false;
    finished = true;
    cancelWatch();
    operations.end();
    close();
    release(Fuse, fuse);
    const reason = 'another program unmounted it or aborted its connection';
    const end = leaving || unmounting !== undefined ? undefined : { reason, failed: false };
    // An aborted session leaves a mount behind that answers everybody with an error.
    void detachConnection(mountPoint, connection)
      .catch((error: unknown) => logger.warn(`Cleaning up ${mountPoint} failed`, error))
      .then(() => ended.resolve(end));
    return true;
  }
  function watch(): void {
    if (!look()) cancelWatch = clock.after(WATCH_MS, watch);
  }
  watch();

  async function unmountOnce(): Promise<boolean> {
    operations.end();
    await detachConnection(mountPoint, connection);
    const deadline = clock.now() + END_LIMIT_MS;
    while (!look()) {
      if (clock.now() >= deadline) return false;
      await new Promise<void>((resolve) => void clock.after(END_WATCH_MS, resolve));
    }
    return true;
  }
  function unmount(): Promise<boolean> {
    unmounting ??= unmountOnce().catch((error: unknown) => {
      // What stood in the way may be gone at the next try.
      unmounting = undefined;
      throw error;
    });
    return unmounting;
  }
  async function detachUnlessBusy(): Promise<void> {
    leaving = true;
    try {
      await detachIdle(mountPoint, connection);
    } catch (error) {
      leaving = false;
      throw error;
    }
  }
  const upkeep = (): void => filesystem.upkeep();
  // What answers the kernel here is the event loop itself, which does not get to this while it hangs.
  const hangs = (): boolean => false;
  return { mountPoint, ended: ended.promise, upkeep, hangs, detachIdle: detachUnlessBusy, unmount };
}

async function openFilesystem(
  clock: Clock,
  settings: MountSettings,
  served: MountRequest['served'],
): Promise<{ readonly filesystem: GhostFilesystem; readonly close: () => void }> {
  const { database, job, secret } = settings;
  const oracle = await withCatalogueRetry(clock, () => openMagnetar(database, job, clock, () => secret));
  const cache =
    settings.cache === undefined
      ? undefined
      : new CachedBlockFiles(settings.cache.directory, {
          limit: keptOpen(OPEN_BLOCK_FILES),
          removals: settings.cache.removals,
          proven: settings.cache.proven,
          served,
        });
  // Handles live and die with this process, so they may count from the start.
  const filesystem = new GhostFilesystem(oracle, settings, { cache, epochMs: 0 });
  return {
    filesystem,
    close: () => {
      filesystem.close();
      cache?.close();
    },
  };
}

/** Mounts; resolves with the session's descriptor when the kernel has shaken hands. Throws MOUNT_FAILED. */
async function start(clock: Clock, fuse: NativeMount, mountPoint: string): Promise<number> {
  const before = deviceDescriptors();
  const ready = Promise.withResolvers<void>();
  const cancel = clock.after(READY_LIMIT_MS, () => ready.reject(new Error('the kernel does not answer')));
  fuse.mount((error) => (error instanceof Error ? ready.reject(error) : ready.resolve()));
  try {
    await ready.promise;
  } catch (cause) {
    throw new GhostError(
      'MOUNT_FAILED',
      `Mounting on ${mountPoint} failed: ${messageOf(cause)}. The reason, where libfuse knows it, stands on standard error.`,
      { cause },
    );
  } finally {
    cancel();
  }
  const device = [...deviceDescriptors()].find((descriptor) => !before.has(descriptor));
  if (device === undefined) throw new GhostError('MOUNT_FAILED', `The mount on ${mountPoint} ended at once.`);
  return device;
}

/** Gives back the handle by which the package keeps the event loop alive. */
function release(Fuse: FuseNative, fuse: NativeMount): void {
  // Before that the package would run `fusermount -uz`, which fails on a mount that is gone already.
  Fuse.unmount = (_mountPoint, answer) => answer(null);
  fuse.unmount(() => {});
}
