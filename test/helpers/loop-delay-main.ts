/**
 * Loaded with `--import` before a program whose event loop is to be watched: on SIGUSR2 it writes one line of JSON to standard
 * error, what delayed the loop since the last time. The program knows nothing of it.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

export interface LoopDelay {
  /** Number of this answer, from 1. */
  readonly loopDelay: number;
  /** Milliseconds. The resolution is part of every figure: an idle loop shows about that much. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const RESOLUTION_MS = 1;
const NS_PER_MS = 1e6;

// Threads inherit the arguments of Node.
if (isMainThread) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let answers = 0;
  process.on('SIGUSR2', () => {
    answers += 1;
    const answer: LoopDelay = {
      loopDelay: answers,
      p50: delay.percentile(50) / NS_PER_MS,
      p99: delay.percentile(99) / NS_PER_MS,
      max: delay.max / NS_PER_MS,
    };
    console.error(JSON.stringify(answer));
    delay.reset();
  });
}
