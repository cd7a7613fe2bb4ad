/** Who mounts with which driver in the conformance suite, and the ordinary user that root adds for it. */
import { chmodSync, statSync } from 'node:fs';
import type { DriverName } from '../../src-main/engine/fuse/driver.ts';
import { run, runOk } from './child.ts';
import type { User } from './driver-prober.ts';
import { onCleanup } from './system-cleanup.ts';

/** What a driver does differently by its nature; each is asserted, in the way it is. */
export interface DriverNature {
  /** A reader killed inside its request ends at once; otherwise when its block has come. */
  readonly interruptible: boolean;
  /** Names reach the driver as bytes; otherwise as text, in which bytes that are no UTF-8 become U+FFFD. */
  readonly namesAreBytes: boolean;
  /** Inode number of the root: 1 by protocol, or its ordinal + 1 like any other artifact's. */
  readonly rootInode: number;
}

export interface DriverTarget {
  readonly label: string;
  readonly driver: DriverName;
  readonly nature: DriverNature;
  /** Mount as an ordinary user added for it; otherwise as whoever runs the tests. */
  readonly asAddedUser: boolean;
}

export const isRoot = process.getuid?.() === 0;

/** Every driver as the user who runs the tests and, where that is root, as an ordinary user too. */
export function driverTargets(natures: Readonly<Record<DriverName, DriverNature>>): readonly DriverTarget[] {
  const drivers = Object.entries(natures) as [DriverName, DriverNature][];
  return (isRoot ? [false, true] : [false]).flatMap((asAddedUser) =>
    drivers.map(([driver, nature]) => ({
      label: `${driver} as ${isRoot && !asAddedUser ? 'root' : 'an ordinary user'}`,
      driver,
      nature,
      asAddedUser,
    })),
  );
}

const USER_NAME = 'orbit-ghost-test';
/** useradd's exit code for a name that exists, here one that a killed run left. */
const NAME_EXISTS = 9;
const DEVICE = '/dev/fuse';

let added: Promise<User> | undefined;

/** A user who may open /dev/fuse, there until the end of the test file. Only root can add one. */
export function ordinaryUser(): Promise<User> {
  return (added ??= addOrdinaryUser());
}

async function addOrdinaryUser(): Promise<User> {
  const { code, stderr } = await run('useradd', [
    '--no-create-home',
    '--shell',
    '/usr/sbin/nologin',
    USER_NAME,
  ]);
  if (code !== 0 && code !== NAME_EXISTS) throw new Error(`no ordinary user to test with: ${stderr}`);
  onCleanup(`the user ${USER_NAME}`, async () => {
    await runOk('userdel', [USER_NAME]);
  });
  const mode = statSync(DEVICE).mode;
  chmodSync(DEVICE, 0o666);
  onCleanup(`the mode of ${DEVICE}`, () => {
    chmodSync(DEVICE, mode);
    return Promise.resolve();
  });
  const id = async (option: string): Promise<number> => Number(await runOk('id', [option, USER_NAME]));
  return { uid: await id('-u'), gid: await id('-g') };
}
