/**
 * One request to one source for what a block still lacks. Counts every byte and has its progress watched. Invariant: when it
 * has settled nothing more is written to the buffer, even if the source goes on delivering.
 */
import type { Clock } from '../clock.ts';
import type { Priority } from '../entangler/block-reader.ts';
import { GhostError } from '../errors.ts';
import type { BlockBuffer } from './block-buffer.ts';
import { ProgressWatch } from './progress-watch.ts';
import type { Source, SourceObject } from './source.ts';

export interface AttemptRequest {
  readonly source: Source;
  /** Position of the source in the ranked list. */
  readonly sourceIndex: number;
  readonly object: SourceObject;
  /** Where the block begins in the object. */
  readonly offset: number;
  readonly block: BlockBuffer;
  /** Whether the whole block will be compared with a digest. */
  readonly verified: boolean;
  /** As it is at the moment of asking. */
  readonly priority: () => Priority;
  /** Aborting ends the attempt at once with the signal's reason. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Milliseconds without progress after which the source counts as dead. */
  readonly idleMs: number;
}

/** Resolves when the buffer is full; rejects otherwise, and what arrived stays in the buffer for the next attempt. */
export async function attempt(request: AttemptRequest): Promise<void> {
  const { source, sourceIndex, object, block, verified, priority, signal, clock, idleMs } = request;
  const abort = new AbortController();
  const stopped = Promise.withResolvers<never>();
  let open = true;
  // Ours is rejected first: the source's own complaint about being aborted must not hide the reason.
  const stop = (error: unknown) => {
    open = false;
    stopped.reject(error);
    abort.abort(error);
  };

  const watch = new ProgressWatch({
    clock,
    windowMs: idleMs,
    stalled: (reason) => stop(stall(source, reason)),
  });
  const interrupt = () => stop(signal.reason);
  signal.addEventListener('abort', interrupt, { once: true });
  if (signal.aborted) interrupt();
  try {
    await Promise.race([
      stopped.promise,
      source.fetch({
        object,
        offset: request.offset + block.received,
        length: block.length - block.received,
        verified,
        priority,
        signal: abort.signal,
        onQueued: (queued) => watch.queued(queued),
        sink(chunk) {
          if (!open) return;
          watch.received(chunk.length);
          block.append(chunk, sourceIndex);
        },
      }),
    ]);
    // A client that reports a cut body as success is common: only the count decides.
    block.complete();
  } finally {
    open = false;
    watch.stop();
    signal.removeEventListener('abort', interrupt);
  }
}

function stall(source: Source, reason: string): GhostError {
  return new GhostError('SOURCE_UNREACHABLE', `${source.label} ${reason}; check the network or the server`, {
    source: source.label,
  });
}
