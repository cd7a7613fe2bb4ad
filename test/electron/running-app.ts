/**
 * The real Electron app, built, in a home of its own. Invariant: when the test ends, however it ends, the app is gone and
 * nothing below that home is mounted.
 */
import type { Menu } from 'electron';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { CHILD_MARK } from '../helpers/system-processes.ts';
import { abortMount, fuseMountsBelow } from '../helpers/system-mounts.ts';
import { newDirectory, projectRoot, testRoot } from '../helpers/system.ts';
import { onCleanup } from '../helpers/system-cleanup.ts';
import { environmentOf } from '../ui/running-program.ts';
import { appBinary } from './app-obstacle.ts';

export interface RunningApp {
  readonly home: string;
  readonly app: ElectronApplication;
  readonly window: Page;
  /** Labels of the tray's menu as it was last set, from the first change after the start. */
  readonly trayMenu: () => Promise<readonly string[]>;
  /** The exit code, once the app is gone. */
  readonly exited: Promise<number | null>;
}

/** Of a tray icon, as a property that can be replaced. */
interface MenuSetter {
  setContextMenu: (this: MenuSetter, menu: Menu | null) => void;
}

export async function startApp(): Promise<RunningApp> {
  const home = newDirectory('app-home');
  onCleanup(`mounts below ${home}`, async () => {
    for (const { mountPoint } of fuseMountsBelow(home)) await abortMount(mountPoint);
  });
  const env = Object.entries({ ...process.env, ...environmentOf(home), [CHILD_MARK]: testRoot() });
  const app = await _electron.launch({
    executablePath: appBinary(),
    args: [projectRoot],
    env: Object.fromEntries(env.filter((entry): entry is [string, string] => entry[1] !== undefined)),
  });
  const child = app.process();
  onCleanup('the app', async () => {
    child.kill('SIGKILL');
    await Promise.resolve();
  });
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  // The app keeps its tray icon to itself, so what it tells the system is overheard.
  await app.evaluate(({ Tray }) => {
    const overheard: { labels?: string[] } = globalThis as { labels?: string[] };
    const tray = Tray.prototype as unknown as MenuSetter;
    const { setContextMenu } = tray;
    tray.setContextMenu = function overhear(menu) {
      overheard.labels = menu?.items.map(({ label }) => label) ?? [];
      setContextMenu.call(this, menu);
    };
  });
  return {
    home,
    app,
    window: await app.firstWindow(),
    exited,
    trayMenu: async () => await app.evaluate(() => (globalThis as { labels?: string[] }).labels ?? []),
  };
}
