/** Describes the machine a figure was taken on: without it a figure means nothing. */
import { existsSync, readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { versionOf } from './contender.ts';
import { testRoot } from '../helpers/system.ts';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly kernel: string;
  readonly system: string;
  readonly node: string;
  /** File system the caches and trees of the benchmark lie on. */
  readonly disk: string;
}

export async function describeMachine(): Promise<Machine> {
  const osRelease = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const disk = await versionOf(
    'findmnt',
    '--noheadings',
    '--output',
    'FSTYPE,SOURCE,SIZE',
    '--target',
    testRoot(),
  );
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    system: /^PRETTY_NAME="(.*)"$/m.exec(osRelease)?.[1] ?? process.platform,
    node: process.version,
    disk: disk?.replaceAll(/\s+/g, ' ') ?? 'unknown',
  };
}

export function renderMachine(machine: Machine): string {
  const { processor, cores, memoryGib, kernel, system, node, disk } = machine;
  const hardware = `${String(cores)} x ${processor}, ${String(memoryGib)} GiB`;
  return `machine: ${hardware}; ${system}, kernel ${kernel}, node ${node}; ${disk}\n`;
}
