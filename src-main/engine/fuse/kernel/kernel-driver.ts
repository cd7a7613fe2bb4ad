/**
 * The `linux-kernel` driver: mounts, gives the session to a responder thread, answers on the event loop what that thread
 * hands over. Invariant: the session's descriptor is closed only after the thread has ended.
 */
import { closeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../../clock.ts';
import { GhostError } from '../../errors.ts';
import type { MountSettings } from '../../filesystem/mount-settings.ts';
import type { FuseDriver, Mount, MountEnd, MountRequest } from '../driver.ts';
import { inTurnAt, prepareMountPoint } from '../mount-point.ts';
import { DeferredRequests } from './deferred-requests.ts';
import { connectionAt } from './mount-table.ts';
import { attach, attachObstacle, detach, detachConnection, detachIdle } from './mount.ts';
import { canResend } from './protocol/init.ts';
import { Pulse } from './pulse.ts';
import type { ResponderData, ResponderMessage } from './responder-messages.ts';
import { deviceOf } from './session.ts';
import { Waker } from './wake.ts';

/**
 * How long an unmounted session may take to end. A reader that keeps a file open can hold it for ever where we may not
 * abort the connection, so the wait is short; what is left ends with the process.
 */
const END_LIMIT_MS = 2_000;

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const RESPONDER = new URL(`./responder-thread${extension}`, import.meta.url);

export function kernelDriver(clock: Clock): FuseDriver {
  return {
    name: 'linux-kernel',
    unavailable: async () =>
      process.platform === 'linux' ? await attachObstacle() : 'The linux-kernel driver needs Linux.',
    mount: (request) => mountKernel(clock, request),
  };
}

async function attachNew({ mountPoint: wanted, job, allowOther }: MountSettings) {
  return await inTurnAt(wanted, async () => {
    const mountPoint = await prepareMountPoint(wanted, { detach });
    const fd = await attach({ mountPoint, name: `orbit-ghost-job-${job}`, allowOther });
    return { mountPoint, fd, connection: await connectionAt(mountPoint) };
  });
}

async function mountKernel(
  clock: Clock,
  { settings, blocks, attributes, reads, served, logger, continuity }: MountRequest,
): Promise<Mount> {
  const inherited = continuity?.inherited;
  const { mountPoint, fd, connection } =
    inherited === undefined
      ? await attachNew(settings)
      : // What is at its place by now may be another's.
        { mountPoint: settings.mountPoint, fd: inherited.take(), connection: inherited.connection };
  const waker = new Waker();
  const pulse = new Pulse();
  const data: ResponderData = {
    fd,
    settings: { ...settings, mountPoint },
    negotiated: inherited?.negotiated,
    reads: reads.responder.shared,
    waker: waker.shared,
    pulse: pulse.shared,
  };
  const responder = new Worker(RESPONDER, { workerData: data, name: `responder-job-${settings.job}` });
  const deferred = new DeferredRequests({
    fd,
    settings,
    blocks,
    attributes,
    reads: reads.eventLoop,
    clock,
    logger,
  });
  const ready = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<MountEnd>();
  let unmounting: Promise<boolean> | undefined;
  let leaving = false;
  let isReady = false;

  responder.on('message', (message: ResponderMessage) => {
    switch (message.kind) {
      case 'ready':
        if ('refusal' in message.outcome) {
          ready.reject(new GhostError('MOUNT_FAILED', message.outcome.refusal));
        } else {
          if (continuity !== undefined && canResend(message.outcome)) {
            continuity.keep(fd, { negotiated: message.outcome, connection });
          }
          isReady = true;
          ready.resolve();
        }
        break;
      case 'read':
        void deferred.read(message.read);
        break;
      case 'attribute':
        void deferred.attribute(message.attribute);
        break;
      case 'advanced':
        blocks.advanced(message.file, message.block);
        break;
      case 'served':
        served(message.served);
        break;
      case 'retry':
        void deferred.retry(message.request);
        break;
      case 'interrupt':
        deferred.interrupt(message.unique);
        break;
      case 'log':
        logger[message.level](message.message, message.details);
        break;
      case 'ended':
        finish(message.failure);
    }
  });
  responder.on('error', (error) => {
    // A thread that ran out of memory, for one. A process that follows begins without what filled it.
    if (isReady && continuity !== undefined) throw error;
    finish(error.message);
  });

  let finished = false;
  function finish(failure: string | undefined): void {
    if (finished) return;
    finished = true;
    deferred.close();
    closeSync(fd);
    const asked = failure === undefined && (leaving || unmounting !== undefined);
    const reason = failure ?? 'another program unmounted it or aborted its connection';
    const end = asked ? undefined : { reason, failed: failure !== undefined };
    // An aborted session leaves a mount behind that answers everybody with an error. One that was to be gone on with is still
    // kept: the next try needs its mount.
    const left =
      inherited !== undefined && !isReady ? Promise.resolve() : detachConnection(mountPoint, connection);
    void left
      .catch((error: unknown) => logger.warn(`Cleaning up ${mountPoint} failed`, error))
      .then(() => {
        ended.resolve(end);
        ready.reject(new GhostError('MOUNT_FAILED', `The mount on ${mountPoint} ended: ${reason}`));
      });
  }

  async function unmountOnce(): Promise<boolean> {
    deferred.end();
    await detachConnection(mountPoint, connection);
    const late = Promise.withResolvers<false>();
    const cancel = clock.after(END_LIMIT_MS, () => late.resolve(false));
    const clean = await Promise.race([ended.promise.then(() => true), late.promise]);
    cancel();
    return clean;
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
  try {
    await ready.promise;
  } catch (error) {
    // What failed is told; what is left behind must not be a mount that nobody serves.
    if (inherited === undefined)
      await unmount().catch((cause: unknown) => logger.warn(`Cleaning up ${mountPoint} failed`, cause));
    throw error;
  }
  const upkeep = (): void => {
    if (!finished) waker.wake(deviceOf(fd), logger);
  };
  const hangs = (): boolean => !finished && pulse.hangs();
  return { mountPoint, ended: ended.promise, upkeep, hangs, detachIdle: detachUnlessBusy, unmount };
}
