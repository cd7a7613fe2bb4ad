/**
 * The app's main process, from its sources, with the stand-in in Electron's place, in a home of its own. Invariant: when the
 * test ends, however it ends, the process is gone and nothing below that home is mounted.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Deed, Told } from '../../helpers/electron-stand-in.ts';
import { onCleanup } from '../../helpers/system-cleanup.ts';
import { abortMount, fuseMountsBelow } from '../../helpers/system-mounts.ts';
import { CHILD_MARK } from '../../helpers/system-processes.ts';
import { until } from '../../helpers/system-until.ts';
import { projectRoot, testRoot } from '../../helpers/system.ts';
import { environmentOf, settingsFile } from '../../ui/running-program.ts';
import { setup } from '../../ui/screen-build.ts';

/** A mount, or the engine's start, on a loaded machine. */
export const LIMIT_MS = 60_000;

/** The app does not start without one; whatever was built will do, since the stand-in shows nothing. */
export async function buildScreen(): Promise<void> {
  if (!existsSync(join(projectRoot, 'dist', 'screen', 'index.html'))) await setup();
}

/** `lock`: whether another instance has Electron's. */
export function startApp(home: string, settings?: string, lock: 'free' | 'taken' = 'free') {
  onCleanup(`mounts below ${home}`, async () => {
    for (const { mountPoint } of fuseMountsBelow(home)) await abortMount(mountPoint);
  });
  if (settings !== undefined) {
    const file = settingsFile(home);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, settings);
  }
  const environment = environmentOf(home);
  const child = fork(join(projectRoot, 'test', 'helpers', 'electron-app-main.ts'), {
    env: {
      ...process.env,
      ...environment,
      [CHILD_MARK]: testRoot(),
      DBUS_SESSION_BUS_ADDRESS: 'none:',
      STAND_IN_LOCK: lock,
    },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  onCleanup('the app', async () => {
    if (child.exitCode !== null || !child.kill('SIGKILL')) return;
    await once(child, 'exit');
  });
  const told: Told[] = [];
  child.on('message', (message) => told.push(message as Told));
  const all = (what: string): readonly unknown[] =>
    told.filter((one) => one.what === what).map(({ detail }) => detail);
  return {
    environment,
    told,
    all,
    signal: (name: NodeJS.Signals) => child.kill(name),
    exited: once(child, 'exit'),
    perform: (deed: Deed) => child.send(deed),
    /** Once it has been told, the newest. */
    heard: async (what: string, accept: (detail: unknown) => boolean = () => true): Promise<unknown> => {
      await until(what, () => all(what).some((detail) => accept(detail)), LIMIT_MS);
      return all(what).findLast((detail) => accept(detail));
    },
  };
}

export const holds = (text: string) => (detail: unknown) => JSON.stringify(detail).includes(text);
