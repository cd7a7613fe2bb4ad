/** The one way out of the program: everything printed is out before it, and nothing can hold it up. */

export interface Outcome {
  readonly code: number;
  /** A thread may be inside a system call or a long statement that an orderly exit would wait for. */
  readonly atOnce: boolean;
}

export async function leave({ code, atOnce }: Outcome): Promise<never> {
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  if (atOnce && process.platform === 'linux') {
    // Loaded only here: it brings a native module that most commands never need.
    const { exitNow } = await import('../engine/fuse/kernel/libc.ts');
    exitNow(code);
  }
  process.exit(code);
}

/** Resolves when all that was written is out, or cannot be written any more. */
export function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}
