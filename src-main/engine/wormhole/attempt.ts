/**
 * One request to one source for what a block still lacks. Counts every byte and watches for silence. Invariant: when it has
 * settled nothing more is written to the buffer, even if the source goes on delivering.
 */
import type { Clock } from '../clock.ts';
import { GhostError } from '../errors.ts';
import type { BlockBuffer } from './block-buffer.ts';
import type { Source, SourceObject } from './source.ts';

export interface AttemptRequest {
  readonly source: Source;
  /** Position of the source in the ranked list. */
  readonly sourceIndex: number;
  readonly object: SourceObject;
  /** Where the block begins in the object. */
  readonly offset: number;
  readonly block: BlockBuffer;
  /** Aborting ends the attempt at once with INTERRUPTED. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Milliseconds without a byte after which the source counts as dead. */
  readonly idleMs: number;
}

/** Resolves when the buffer is full; rejects otherwise, and what arrived stays in the buffer for the next attempt. */
export async function attempt(request: AttemptRequest): Promise<void> {
  const { source, sourceIndex, object, block, signal, clock, idleMs } = request;
  const abort = new AbortController();
  const stopped = Promise.withResolvers<never>();
  let open = true;
  // Ours is rejected first: the source's own complaint about being aborted must not hide the reason.
  const stop = (error: GhostError) => {
    open = false;
    stopped.reject(error);
    abort.abort(error);
  };

  let lastByteAt = clock.now();
  let cancelWatch = clock.after(idleMs, watch);
  function watch(): void {
    const left = lastByteAt + idleMs - clock.now();
    if (left > 0) cancelWatch = clock.after(left, watch);
    else stop(silence(source, idleMs));
  }

  const interrupt = () => stop(new GhostError('INTERRUPTED', `the request to ${source.label} was cancelled`));
  signal.addEventListener('abort', interrupt, { once: true });
  if (signal.aborted) interrupt();
  try {
    await Promise.race([
      stopped.promise,
      source.fetch({
        object,
        offset: request.offset + block.received,
        length: block.length - block.received,
        signal: abort.signal,
        sink(chunk) {
          if (!open) return;
          lastByteAt = clock.now();
          block.append(chunk, sourceIndex);
        },
      }),
    ]);
    // A client that reports a cut body as success is common: only the count decides.
    block.complete();
  } finally {
    open = false;
    cancelWatch();
    signal.removeEventListener('abort', interrupt);
  }
}

function silence(source: Source, idleMs: number): GhostError {
  return new GhostError(
    'SOURCE_UNREACHABLE',
    `${source.label} sent nothing for ${idleMs / 1000} seconds; check the network or the server`,
    { source: source.label },
  );
}
