/**
 * The command line as an ordinary user, with a /dev and a home of its own choosing. Everything happens in a private mount
 * namespace, so that neither the machine's device nor its other users notice. Invariant: nothing outlives the process.
 */
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, start } from '../../helpers/child.ts';
import type { Child, RunResult } from '../../helpers/child.ts';
import { newDirectory, projectRoot } from '../../helpers/system.ts';
import { newHome, startOrbitGhost } from './command-line.ts';

/** What /dev/fuse is in there: nothing, a file only root may open, a file all may open, or the real device for all. */
type Device = 'missing' | 'closed' | 'open' | 'real';

/** Every Debian has this user; fusermount3 asks for a user's name. */
const NOBODY = 65_534;

const isRoot = process.getuid?.() === 0;

/** Users other than this process's exist only for root; an ordinary user already is one. */
export const otherUser = isRoot ? NOBODY : (process.getuid?.() ?? 0);

/**
 * Positional: 1 place to work in, 2 kind of device, 3 project, 4 Node, the rest is the command line. The project and its
 * Node may lie in a directory that the other user cannot enter, so both are shown again where he can.
 */
const SCRIPT = `
set -eu
place=$1 device=$2 project=$3 node=$4
shift 4
mount -t tmpfs -o mode=0755 none "$place/dev"
for name in null urandom; do
  touch "$place/dev/$name"
  mount --bind "/dev/$name" "$place/dev/$name"
done
case $device in
  closed) touch "$place/dev/fuse"; chmod 0000 "$place/dev/fuse" ;;
  open) touch "$place/dev/fuse"; chmod 0666 "$place/dev/fuse" ;;
  real) mknod -m 0666 "$place/dev/fuse" c 10 229; mount -t tmpfs none /sys/fs/fuse/connections ;;
esac
mount --bind "$project" "$place/project"
mount --bind "$node" "$place/node"
mount --rbind "$place/dev" /dev
exec $BECOME "$place/node" "$place/project/src-main/cli/main.ts" "$@"
`;

const UNSHARE = isRoot
  ? ['--mount', '--propagation', 'private']
  : ['--user', '--map-current-user', '--keep-caps', '--mount', '--propagation', 'private'];

const BECOME = isRoot
  ? `setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups`
  : 'setpriv --inh-caps=-all --ambient-caps=-all --bounding-set=-all';

export interface OtherUserOptions {
  readonly device: Device;
  /** Replaces the search path. */
  readonly path?: string;
}

interface Prepared {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

function prepare(args: readonly string[], { device, path }: OtherUserOptions): Prepared {
  const place = newDirectory('other-user', 0o711);
  for (const name of ['dev', 'project']) mkdirSync(join(place, name), { mode: 0o755 });
  writeFileSync(join(place, 'node'), '');
  const become = path === undefined ? BECOME : `${BECOME} env PATH=${path}`;
  return {
    args: [...UNSHARE, 'sh', '-c', SCRIPT, 'sh', place, device, projectRoot, process.execPath, ...args],
    env: { ...newHome(directoryOfOtherUser('home')), BECOME: become },
  };
}

/** A new directory that belongs to the other user. */
export function directoryOfOtherUser(name: string): string {
  const directory = newDirectory(name);
  chownSync(directory, otherUser, isRoot ? NOBODY : (process.getgid?.() ?? 0));
  return directory;
}

export function runAsOtherUser(args: readonly string[], options: OtherUserOptions): Promise<RunResult> {
  const prepared = prepare(args, options);
  return run('unshare', prepared.args, { env: prepared.env });
}

function startAsOtherUser(args: readonly string[], options: OtherUserOptions): Promise<Child> {
  const prepared = prepare(args, options);
  return start('unshare', prepared.args, { env: prepared.env });
}

export interface OtherUsersMount {
  readonly child: Child;
  /** Whether the session can be ended by force, so that an open file does not keep it. */
  readonly mayAbort: boolean;
  /** Starts a command as the other user where the mount is; the path of a file of the mount is its last argument. */
  enter(command: readonly string[], file: string): Promise<Child>;
}

/**
 * Mounts as the other user with fusermount3: started by root in a namespace where nobody may abort a connection, started by
 * an ordinary user as he is, because fusermount3 has no power in a namespace of his.
 */
export async function mountAsOtherUser({
  database,
  job,
}: {
  readonly database: string;
  readonly job: number;
}): Promise<OtherUsersMount> {
  const places = ['-m', directoryOfOtherUser('mount'), '-c', directoryOfOtherUser('cache')];
  const args = ['-j', String(job), '-d', database, ...places];
  const child = isRoot
    ? await startAsOtherUser(args, { device: 'real' })
    : await startOrbitGhost(args, newHome());
  const [, mountPoint = ''] = await child.waitForLine(/^mounted job \d+ at (.*)$/);
  const enter = isRoot
    ? ['nsenter', '--target', String(child.pid), '--mount', ...BECOME.split(' ')]
    : ['env'];
  return {
    child,
    enter: (command, file) => {
      const [first = '', ...rest] = enter;
      return start(first, [...rest, ...command, join(mountPoint, file)]);
    },
    mayAbort: !isRoot && readFileSync('/proc/self/mountinfo', 'utf8').includes(' - fusectl '),
  };
}
