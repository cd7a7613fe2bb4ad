/** A child of the benchmark: performs one reading task given as JSON, prints the milliseconds it took. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';

export type ReaderTask =
  | { readonly kind: 'tail'; readonly file: string; readonly bytes: number }
  | { readonly kind: 'sequential'; readonly file: string; readonly bytes: number }
  | { readonly kind: 'random'; readonly file: string; readonly reads: number; readonly bytes: number };

const SEQUENTIAL_READ_BYTES = 2 ** 20;

/** Places spread over the file by the golden ratio: deterministic, never near the one before. */
function spreadOffset(index: number, slots: number): number {
  return Math.floor((((index + 1) * 0.618_033_988_749_895) % 1) * slots);
}

function readExactly(descriptor: number, buffer: Buffer, position: number): void {
  const got = readSync(descriptor, buffer, 0, buffer.length, position);
  if (got !== buffer.length)
    throw new Error(`${String(got)} bytes instead of ${String(buffer.length)} at ${String(position)}`);
}

function perform(task: ReaderTask, descriptor: number, size: number): void {
  if (task.kind === 'tail') readExactly(descriptor, Buffer.alloc(task.bytes), size - task.bytes);
  else if (task.kind === 'random') {
    const buffer = Buffer.alloc(task.bytes);
    const slots = Math.floor(size / task.bytes);
    for (let read = 0; read < task.reads; read += 1) {
      readExactly(descriptor, buffer, spreadOffset(read, slots) * task.bytes);
    }
  } else {
    const buffer = Buffer.alloc(SEQUENTIAL_READ_BYTES);
    for (let at = 0; at < task.bytes; at += buffer.length) readExactly(descriptor, buffer, at);
  }
}

const task: ReaderTask = JSON.parse(process.argv[2] ?? '');
// Names and attributes are looked up beforehand: what is measured is bytes.
const { size } = statSync(task.file);
const start = performance.now();
const descriptor = openSync(task.file, 'r');
perform(task, descriptor, size);
const ms = performance.now() - start;
closeSync(descriptor);
process.stdout.write(`${String(ms)}\n`);
