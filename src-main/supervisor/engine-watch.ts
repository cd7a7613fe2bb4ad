/**
 * Notices an engine that hangs: it is asked for a sign of life again and again. Invariant: only time in which this process itself
 * was awake counts, so that after a laptop slept or the supervisor was stopped no healthy engine is taken for a hung one.
 */
import type { Clock } from '../engine/clock.ts';

/** Cheap enough to go on all day, often enough that a limit of seconds can be kept. */
const ASK_MS = 1_000;

export interface EngineWatchOptions {
  readonly clock: Clock;
  /** Resolves with the sign of life. */
  readonly ask: () => Promise<void>;
  /** How long the answer to what is asked now may take. Milliseconds. */
  readonly limitMs: () => number;
  /** Called once, with how long it was silent. The watch has ended then. */
  readonly onHung: (silentMs: number) => void;
}

/** The returned function ends the watch. */
export function watchEngine({ clock, ask, limitMs, onHung }: EngineWatchOptions): () => void {
  let silentMs = 0;
  let limit = limitMs();
  let state: 'asked' | 'answered' | 'unasked' = 'answered';
  let cancel = clock.after(ASK_MS, tick);

  function tick(): void {
    if (state === 'answered') {
      silentMs = 0;
      limit = limitMs();
    } else {
      // One interval, however much time has passed: what is more than that this process slept through.
      silentMs += ASK_MS;
      if (silentMs >= limit) {
        onHung(silentMs);
        return;
      }
    }
    if (state !== 'asked') {
      state = 'asked';
      ask().then(
        () => (state = 'answered'),
        // One that cannot be asked, or was not heard in time, is silent; and asked again.
        () => (state = 'unasked'),
      );
    }
    cancel = clock.after(ASK_MS, tick);
  }

  return () => cancel();
}
