/**
 * Before and after all tests that mount: gives them a temporary root, and afterwards fails the run when anything is
 * left of them, a mount, a process or one that hangs in the kernel. Leaves the machine clean even then. Several groups of
 * tests share the root; the group that asked first made it, and takes it away.
 */
import { abortMount, fuseMountsBelow } from './system-mounts.ts';
import { hideProject, showProject } from './system-shown-project.ts';
import { assertNoDState, markedProcesses } from './system-processes.ts';
import {
  abandonedRoots,
  createTestRoot,
  hasTestRoot,
  mountObstacle,
  removeRoot,
  testRoot,
} from './system.ts';

// The large tree, its copy in the cache, the video and the verification file, with as much again to spare.
const NEEDED_BYTES = 8 * 2 ** 30;

export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (hasTestRoot()) return undefined;
  const obstacle = mountObstacle();
  if (obstacle !== undefined) throw new Error(`tests that mount cannot run: ${obstacle}`);
  for (const abandoned of abandonedRoots()) await sweep(abandoned);
  showProject(createTestRoot(NEEDED_BYTES));
  return teardown;
}

async function teardown(): Promise<void> {
  const problems: string[] = [];
  await assertNoDState().catch((error: unknown) => problems.push(String(error)));
  problems.push(...(await sweep(testRoot())));
  if (problems.length > 0) throw new Error(`the tests left something behind:\n${problems.join('\n')}`);
}

/** Ends and unmounts everything a run left, then removes its root; returns what it found. */
async function sweep(root: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { mountPoint } of fuseMountsBelow(root)) {
    found.push((await abortMount(mountPoint)) ?? `${mountPoint}: mounted, then gone by itself`);
  }
  for (const { pid, command } of markedProcesses(root)) {
    process.kill(pid, 'SIGKILL');
    found.push(`process ${String(pid)}: ${command}`);
  }
  hideProject(root);
  removeRoot(root);
  return found;
}
