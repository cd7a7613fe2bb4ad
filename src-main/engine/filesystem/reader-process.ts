/** Which process a reading thread belongs to, from /proc; asked while the thread waits for its read, so it is there. */
import { readFileSync } from 'node:fs';
import type { ReaderProcess } from './read-table.ts';

/** Never throws: what cannot be told is the thread's own number and an empty name. */
export function readerProcess(thread: number): ReaderProcess {
  try {
    const status = readFileSync(`/proc/${thread}/status`, 'utf8');
    const pid = threadGroup(status) ?? thread;
    return { pid, name: readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd() };
  } catch {
    return { pid: thread, name: '' };
  }
}

/** Format: proc_pid_status(5). */
function threadGroup(status: string): number | undefined {
  const digits = /^Tgid:\s*(\d+)$/m.exec(status)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
