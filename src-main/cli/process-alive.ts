/** Whether a process that is not our child still runs. One that has ended stays in the table until its parent asks for it. */
import { readFileSync } from 'node:fs';

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0) && !isZombie(pid);
  } catch {
    return false;
  }
}

function isZombie(pid: number): boolean {
  if (process.platform !== 'linux') return false;
  // The name before the state stands in brackets and may hold any character.
  return /\) Z [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}
