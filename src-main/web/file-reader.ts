/**
 * Reads a file through a child process: `cat` may hang in the kernel, this process may not. Invariant: a child that was
 * stopped, or whose output nobody wants any more, is killed.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';

/** Of what the child complains. Characters. */
const MAX_COMPLAINT = 1_000;

export class FileReader {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  /** Undefined when all was read, else why not. */
  readonly #ended: Promise<string | undefined>;
  #complaint = '';

  /** `path` is absolute. Throws where the system cannot pass it to a process, as when it is too long. */
  constructor(path: string) {
    this.#child = spawn('cat', ['--', path], {
      // Never a directory that somebody may want to unmount.
      cwd: '/',
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(0, MAX_COMPLAINT);
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(error.message));
      this.#child.once('close', (code, signal) => {
        if (code === 0) resolve(undefined);
        else resolve(this.#complaint.trim() || `cat ended with ${signal ?? String(code)}`);
      });
    });
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Ends early, without an error, when the file cannot be read on: `end` says why. */
  async *chunks(): AsyncGenerator<Buffer, void, void> {
    try {
      for await (const chunk of this.#child.stdout as AsyncIterable<Buffer>) yield chunk;
    } catch {
      // The pipe broke, with the child or before there was one.
    }
  }

  /** After the last chunk. What is wrong with the file; undefined when nothing is. The child is gone then. */
  async end(): Promise<string | undefined> {
    // One that is left with output unread would never end by itself.
    if (!this.#child.stdout.readableEnded) this.stop();
    return await this.#ended;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}
