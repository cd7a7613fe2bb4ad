/** A source is where bytes come from; one implementation per URI scheme in sources/, one contract suite for all. */
import type { Priority } from '../entangler/block-reader.ts';

/** What a source needs to know of an artifact. */
export interface SourceObject {
  readonly id: string;
  /** Names from the source's root down to the object; no name is empty, '.', '..' or contains '/'. */
  readonly path: readonly string[];
  /** Bytes the catalogue promises. */
  readonly size: number;
  /** Unix seconds the catalogue promises. */
  readonly mtime: number;
}

export interface RangeRequest {
  readonly object: SourceObject;
  /** First byte wanted. */
  readonly offset: number;
  /** Bytes wanted; offset + length never exceeds object.size. */
  readonly length: number;
  readonly signal: AbortSignal;
  /** Whether the caller compares the bytes with a digest: then versions of the object need not be told apart. */
  readonly verified?: boolean;
  /** Who goes first where requests are counted out; `background` unless given. */
  readonly priority?: () => Priority;
  /**
   * Hears when the request begins to wait on our side, for a connection, and when that is over. A source that never waits
   * there need not call it.
   */
  readonly onQueued?: (queued: boolean) => void;
  /** Takes the bytes in order; called only with bytes of the range, never with more than `length` in total. */
  readonly sink: (chunk: Uint8Array) => void;
}

export interface Source {
  /** For people and logs: the URI without credentials. */
  readonly label: string;
  /**
   * Streams one range into the sink. Resolves only after exactly `length` bytes; rejects with a GhostError otherwise
   * (BLOCK_TRUNCATED, SOURCE_UNREACHABLE, SOURCE_REFUSED, CREDENTIALS_REFUSED, OBJECT_CHANGED), whatever was sunk before
   * stays valid for resuming. `retryAfterMs` on the error is the server's own wish.
   */
  fetch(request: RangeRequest): Promise<void>;
  /**
   * Reaches out once and moves no block, so that the first read finds an open connection. Rejects with SOURCE_UNREACHABLE
   * and a sentence when nobody answers; whether the answer is a friendly one is for the first read to find out.
   */
  probe(signal: AbortSignal): Promise<void>;
  /**
   * Connections may be dead without a sign: drops those that are idle and opens new ones for requests to come; what is under way
   * goes on. A source without connections has none.
   */
  renew?(): void;
  close(): Promise<void>;
}
