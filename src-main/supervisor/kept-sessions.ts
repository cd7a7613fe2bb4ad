/**
 * A copy of every mount's session with the kernel. It keeps the mount, and whoever waits in it, alive while no engine serves
 * it, and goes to the engine that follows. Invariant: a copy is closed as soon as its mount is given up; with the last copy
 * the kernel ends the session and frees who waits.
 */
import { closeSync } from 'node:fs';
import type { HandedSession, JobKey } from '../engine/control/protocol.ts';
import type { KernelSession } from '../engine/fuse/driver.ts';
import type { DescriptorExchange } from '../engine/fuse/kernel/descriptor-exchange.ts';
import { GhostError, messageOf } from '../engine/errors.ts';
import type { Logger } from '../engine/log.ts';

interface Kept {
  readonly fd: number;
  readonly session: KernelSession;
}

export class KeptSessions {
  readonly #logger: Logger;
  readonly #kept = new Map<JobKey, Kept>();
  /** With the engine that runs now. */
  #exchange: DescriptorExchange | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /**
   * Makes ready for a new engine. The descriptor it must be started with, for the caller to close then; undefined where nothing
   * can be kept: mounts are made anew there.
   */
  async connect(): Promise<number | undefined> {
    this.#exchange?.close();
    this.#exchange = undefined;
    if (process.platform !== 'linux') return undefined;
    try {
      // Only now: they load native code.
      const { socketPair } = await import('../engine/fuse/kernel/libc.ts');
      const { DescriptorExchange } = await import('../engine/fuse/kernel/descriptor-exchange.ts');
      const [ours, theirs] = socketPair();
      this.#exchange = new DescriptorExchange(ours);
      return theirs;
    } catch (error) {
      this.#logger.warn(`Mounts will not outlive the engine: ${messageOf(error)}`);
      return undefined;
    }
  }

  /** A new mount's session; the copy has come or is about to be taken from the socket. */
  keep(key: JobKey, { number, negotiated, connection }: HandedSession): void {
    this.release(key);
    try {
      if (this.#exchange === undefined) return;
      const fd = this.#exchange.take(number);
      this.#kept.set(key, { fd, session: { negotiated, connection } });
    } catch (error) {
      this.#logger.warn(`The mount of ${key} will not outlive the engine: ${messageOf(error)}`);
    }
  }

  /**
   * Hands the engine that runs now a copy; undefined when there is none and the job must be mounted anew. Throws ENGINE_AWAY
   * when the engine has just ended: the next one gets it.
   */
  hand(key: JobKey): HandedSession | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined || this.#exchange === undefined) return undefined;
    try {
      return { number: this.#exchange.send(kept.fd), ...kept.session };
    } catch (error) {
      throw new GhostError('ENGINE_AWAY', `The engine takes no sessions (${messageOf(error)}).`, {
        cause: error,
      });
    }
  }

  has(key: JobKey): boolean {
    return this.#kept.has(key);
  }

  /** Of a mount that nobody wants any more. */
  drop({ number }: HandedSession): void {
    this.#exchange?.drop(number);
  }

  release(key: JobKey): void {
    const kept = this.#kept.get(key);
    this.#kept.delete(key);
    if (kept !== undefined) closeSync(kept.fd);
  }

  releaseAll(): void {
    for (const key of this.#kept.keys()) this.release(key);
  }

  close(): void {
    this.releaseAll();
    this.#exchange?.close();
    this.#exchange = undefined;
  }
}
