/** A thread that reads blocks as a responder does while others commit and discard them, and reports what it saw. */
import { parentPort, workerData } from 'node:worker_threads';
import { CachedBlockFiles } from '../../../src-main/engine/cache/cached-block-files.ts';
import { content, keyOf } from './cache-content.ts';

export interface ReadingTask {
  readonly directory: string;
  readonly removals: SharedArrayBuffer;
  readonly blocks: number;
  readonly length: number;
  /** Set to 1 to end the thread. */
  readonly stop: Int32Array;
}

export interface ReadingReport {
  readonly served: number;
  readonly missed: number;
  readonly wrong: number;
}

function readUntilStopped({ directory, removals, blocks, length, stop }: ReadingTask): ReadingReport {
  // Fewer descriptors than blocks, so that the pool replaces all the time.
  const files = new CachedBlockFiles(directory, { limit: 4, removals });
  const file = files.openFile(keyOf('shared'));
  const target = Buffer.alloc(length);
  const report = { served: 0, missed: 0, wrong: 0 };
  for (let turn = 0; Atomics.load(stop, 0) === 0; turn += 1) {
    const block = turn % blocks;
    if (!files.read(file, block, length, target, 0, length, 0)) report.missed += 1;
    else if (target.equals(content(block, length))) report.served += 1;
    else report.wrong += 1;
    if (turn === blocks) parentPort!.postMessage('started');
  }
  files.close();
  return report;
}

parentPort!.postMessage(readUntilStopped(workerData as ReadingTask));
