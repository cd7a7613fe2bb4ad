/** The engine below a running `orbit-ghost up`, or a mount in the foreground, found as a person with `ps` would find it. */
import { readFileSync } from 'node:fs';
import { HEALTHY_AFTER_MS } from '../../src-main/supervisor/restart-policy.ts';
import { until } from './system-until.ts';

/** Resolves when an engine that serves since `at` counts as sound: its end is then the first failure, not one of many. */
export async function servedForAMoment(at: number): Promise<void> {
  await until('the engine counts as sound', () => performance.now() - at > HEALTHY_AFTER_MS);
}

/** The processes that a process has started. */
function childrenOf(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === '' ? [] : children.split(' ').map(Number);
}

/** Undefined while there is none. */
export function engineOf(up: { readonly process: { readonly pid: number } }): number | undefined {
  return childrenOf(up.process.pid).find((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('engine-main');
    } catch {
      return false;
    }
  });
}
