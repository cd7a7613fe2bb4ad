/**
 * The event loop's half of a session: requests the responder could not answer at once. Each is answered exactly once, by
 * bytes, by an errno, or by the end of the session; an interrupt ends its wait immediately.
 */
import { writevSync } from 'node:fs';
import type { Clock } from '../../clock.ts';
import type { BlockReader } from '../../entangler/block-reader.ts';
import { Errno, errnoOf, GhostError } from '../../errors.ts';
import type { BlockAttributeReader } from '../../filesystem/extended-attributes.ts';
import { GhostFilesystem } from '../../filesystem/ghost-filesystem.ts';
import type { MountSettings } from '../../filesystem/mount-settings.ts';
import type { ReadTable } from '../../filesystem/read-table.ts';
import type { Logger } from '../../log.ts';
import { InodeTranslator } from '../../metadata/inode-translator.ts';
import { openMagnetar } from '../../metadata/magnetar/magnetar-adapter.ts';
import type { MetadataOracle } from '../../metadata/metadata-oracle.ts';
import { withCatalogueRetry } from '../../metadata/retry.ts';
import { BUSY, dispatch } from './dispatcher.ts';
import { FailureLog } from './failure-log.ts';
import { DEFERRED, NO_REPLY, type DeferredAttribute, type DeferredRead } from './operations.ts';
import { OutHeader, XattrOut } from './protocol/abi.ts';
import { lookAt, type Sighting } from './reader-signals.ts';
import { RecentFailures } from './recent-failures.ts';
import { Request } from './request.ts';
import { deliver, deviceOf, reply } from './session.ts';

/**
 * How often the readers that wait are looked at. The kernel tells of the first signal to a reader only, and of none to one
 * that waits for read-ahead; a person who kills a program does not notice less.
 */
const RECHECK_MS = 50;

export interface DeferredParts {
  /** Of the session. */
  readonly fd: number;
  readonly settings: MountSettings;
  readonly blocks: BlockReader;
  readonly attributes: BlockAttributeReader;
  /** Written by the event loop alone. */
  readonly reads: ReadTable;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Wait {
  /** The thread that waits. */
  readonly thread: number;
  /** Its process; undefined when the thread could not be seen: only what was there can be gone. */
  readonly process: number | undefined;
  readonly abort: AbortController;
}

export class DeferredRequests {
  readonly #fd: number;
  readonly #settings: MountSettings;
  readonly #blocks: BlockReader;
  readonly #attributes: BlockAttributeReader;
  readonly #reads: ReadTable;
  readonly #logger: Logger;
  readonly #clock: Clock;
  /** Requests that wait, by the kernel's id. */
  readonly #waiting = new Map<bigint, Wait>();
  readonly #failures: RecentFailures;
  readonly #failureLog: FailureLog;
  #watching = false;
  #oracle: MetadataOracle | undefined;
  #ending = false;
  #closed = false;

  constructor({ fd, settings, blocks, attributes, reads, clock, logger }: DeferredParts) {
    this.#fd = fd;
    this.#settings = settings;
    this.#blocks = blocks;
    this.#attributes = attributes;
    this.#reads = reads;
    this.#clock = clock;
    this.#failures = new RecentFailures(clock);
    this.#failureLog = new FailureLog(clock, logger);
    this.#logger = logger;
  }

  /** Answers a read when its blocks have come. */
  async read(read: DeferredRead): Promise<void> {
    const { unique, thread, file, ordinal, offset, length } = read;
    const before = this.#failures.find(read);
    if (before !== undefined) {
      this.#reads.miss(thread, ordinal, 0);
      this.#answer(unique, errnoOf(before.error), []);
      return;
    }
    const abort = this.#begin(unique, thread);
    try {
      const slices = await this.#blocks.read({
        file,
        offset,
        length,
        priority: 'user',
        signal: abort.signal,
      });
      const bytes = slices.reduce((sum, slice) => sum + slice.length, 0);
      // A short reply before the end of the file would reach the program as a truncated file.
      if (bytes !== length) throw new GhostError('INTERNAL', `A read of ${length} bytes got ${bytes}.`);
      // Before the answer: who reads is known for certain only while it waits.
      this.#reads.miss(thread, ordinal, length);
      this.#answer(unique, 0, slices);
    } catch (error) {
      if (!isInterruption(error)) {
        this.#failures.add(read, error);
        this.#reads.miss(thread, ordinal, 0);
        this.#failureLog.failed(
          file.id,
          `The read of ${length} bytes at ${offset} of artifact ${file.id}`,
          error,
        );
      }
      this.#fail(unique, error);
    } finally {
      this.#settle(unique, abort);
    }
  }

  /** Answers a question for an attribute that tells of blocks. */
  async attribute({ unique, thread, name, artifact, capacity }: DeferredAttribute): Promise<void> {
    const abort = this.#begin(unique, thread);
    try {
      const value = await withCatalogueRetry(
        this.#clock,
        () => this.#attributes.read(name, artifact),
        abort.signal,
      );
      if (capacity === 0) {
        const size = Buffer.alloc(XattrOut.size);
        XattrOut.encode(new DataView(size.buffer, size.byteOffset), 0, { size: value.length });
        this.#answer(unique, 0, [size]);
      } else if (capacity < value.length) this.#answer(unique, Errno.ERANGE, []);
      else this.#answer(unique, 0, [value]);
    } catch (error) {
      if (!isInterruption(error)) this.#logger.error(`The attribute ${name} could not be told`, error);
      this.#fail(unique, error);
    } finally {
      this.#settle(unique, abort);
    }
  }

  /** Runs a request that found the catalogue locked again, until it is free or the time is up. */
  async retry(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const request = new Request(Buffer.from(bytes.buffer));
    if (!request.accept(bytes.length)) return;
    const { unique } = request;
    const abort = this.#begin(unique, request.pid);
    try {
      const outcome = await withCatalogueRetry(this.#clock, () => this.#attempt(request), abort.signal);
      if (outcome !== NO_REPLY && outcome !== DEFERRED && !this.#closed) {
        reply(deviceOf(this.#fd), request.reply, outcome, this.#logger);
      }
    } catch (error) {
      if (!isInterruption(error)) {
        this.#logger.error(`Operation ${request.opcode} of node ${request.node} failed`, error);
      }
      this.#fail(unique, error);
    } finally {
      this.#settle(unique, abort);
    }
  }

  /**
   * A signal reached the reader of a request. The wait ends if the reader does; otherwise it goes on, as reads of a local
   * file do. A request that is already answered is not here any more.
   */
  interrupt(unique: bigint): void {
    const wait = this.#waiting.get(unique);
    if (wait !== undefined && lookAt(wait.thread).fate !== 'staying') wait.abort.abort();
  }

  /** Ends every wait, now and for requests still to come. */
  end(): void {
    this.#ending = true;
    for (const { abort } of this.#waiting.values()) abort.abort();
  }

  /** Call when the session is over and before its descriptor is closed: nothing is written to it afterwards. */
  close(): void {
    this.#closed = true;
    this.end();
    this.#failureLog.close();
    this.#oracle?.close();
  }

  #begin(unique: bigint, thread: number): AbortController {
    const abort = new AbortController();
    // While it surely waits: a reader that is killed at once was never seen otherwise.
    this.#waiting.set(unique, { thread, process: lookAt(thread).process, abort });
    if (this.#ending) abort.abort();
    else this.#watch();
    return abort;
  }

  /** Ends the waits of readers that are gone, as long as there are waits. */
  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    this.#clock.after(RECHECK_MS, () => {
      this.#watching = false;
      const sightings = new Map<number, Sighting>();
      for (const wait of this.#waiting.values()) {
        const sighting = sightings.get(wait.thread) ?? lookAt(wait.thread);
        sightings.set(wait.thread, sighting);
        if (isGone(wait, sighting)) wait.abort.abort();
      }
      if (this.#waiting.size > 0 && !this.#ending) this.#watch();
    });
  }

  #settle(unique: bigint, abort: AbortController): void {
    // A retried request may have become a read that waits under the same id.
    if (this.#waiting.get(unique)?.abort === abort) this.#waiting.delete(unique);
  }

  #attempt(request: Request): number {
    const { database, job, secret } = this.#settings;
    this.#oracle ??= openMagnetar(database, job, this.#clock, () => secret);
    const outcome = dispatch(
      request,
      {
        // No handle table and no lookup counts here: both belong to the responder, which derives what it does not know.
        filesystem: new GhostFilesystem(this.#oracle, this.#settings),
        inodes: new InodeTranslator(this.#oracle),
        defer: (read) => void this.read(read),
        deferAttribute: (attribute) => void this.attribute(attribute),
        served: ({ pid }, ordinal, bytes) => this.#reads.hit(pid, ordinal, bytes),
        advanced: () => {},
        interrupt: () => {},
        ready: () => {},
      },
      this.#logger,
    );
    if (outcome === BUSY) {
      throw new GhostError(
        'CATALOGUE_BUSY',
        `The catalogue ${this.#settings.database} stays locked by another program.`,
      );
    }
    return outcome;
  }

  #fail(unique: bigint, error: unknown): void {
    this.#answer(unique, isInterruption(error) && this.#ending ? Errno.ENOTCONN : errnoOf(error), []);
  }

  #answer(unique: bigint, errno: number, payload: readonly Uint8Array[]): void {
    if (this.#closed) return;
    const header = Buffer.alloc(OutHeader.size);
    const len = payload.reduce((sum, slice) => sum + slice.length, OutHeader.size);
    OutHeader.encode(new DataView(header.buffer, header.byteOffset), 0, {
      len,
      error: errno === 0 ? 0 : 0x1_0000_0000 - errno,
      unique,
    });
    deliver(() => writevSync(this.#fd, [header, ...payload]), deviceOf(this.#fd), header, this.#logger);
  }
}

/** A thread that ends leaves its reads to its process, which may wait for the same pages. */
function isGone({ thread, process }: Wait, { fate }: Sighting): boolean {
  if (fate === 'ending') return true;
  if (fate !== 'gone' || process === undefined) return false;
  return process === thread || ['ending', 'gone'].includes(lookAt(process).fate);
}

/** The reader went away, or the mount does: nothing that the log or a second read should hear of. */
function isInterruption(error: unknown): boolean {
  return error instanceof GhostError && (error.code === 'INTERRUPTED' || error.code === 'SHUTTING_DOWN');
}
