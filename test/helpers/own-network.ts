/**
 * Networks of a test's own: kernel namespaces that hold nothing, not even a loopback, until two of them are connected by a cable.
 * Invariant: they and the cable end with the test, and nothing of this machine's network changes.
 */
import { spawnSync } from 'node:child_process';
import { runOk, start } from './child.ts';

/** Whether this user may make one here; with CI set nobody asks, and a machine that cannot fails. */
export const canMakeNetwork =
  process.env['CI'] === 'true' || spawnSync('unshare', ['--net', 'ip', 'link']).status === 0;

export interface OwnNetwork {
  readonly pid: number;
  /** The beginning of a command that is to run in it. */
  readonly within: readonly [command: string, ...args: string[]];
  ip(...args: readonly string[]): Promise<string>;
}

export async function ownNetwork(): Promise<OwnNetwork> {
  // Lives as long as this process does.
  const { pid } = await start('unshare', ['--net', 'sh', '-c', 'echo here; exec sleep infinity']).then(
    async (child) => {
      await child.waitForLine(/^here$/);
      return child;
    },
  );
  const within = ['nsenter', `--net=/proc/${String(pid)}/ns/net`] as const;
  const [command, place] = within;
  return { pid, within, ip: async (...args) => await runOk(command, [place, 'ip', ...args]) };
}

/** Lays the cable `eth0` between two networks and gives its ends these addresses, as with a prefix length of 24. */
export async function connectNetworks(
  one: OwnNetwork,
  address: string,
  other: OwnNetwork,
  otherAddress: string,
): Promise<void> {
  const end = ['peer', 'name', 'eth0', 'netns', String(other.pid)];
  await one.ip('link', 'add', 'eth0', 'type', 'veth', ...end);
  await other.ip('address', 'add', `${otherAddress}/24`, 'dev', 'eth0');
  await other.ip('link', 'set', 'eth0', 'up');
  await one.ip('address', 'add', `${address}/24`, 'dev', 'eth0');
  await one.ip('link', 'set', 'eth0', 'up');
}
