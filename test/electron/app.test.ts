/** The desktop app as a person meets it: first run, mount the demo by a click, the tray follows, quitting unmounts. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fuseMountsBelow } from '../helpers/system-mounts.ts';
import { until } from '../helpers/system-until.ts';
import { startApp } from './running-app.ts';

/** What the page has of a browser; tests know no DOM. */
interface PageWorld {
  readonly require?: unknown;
  readonly orbitGhost?: object;
  readonly open: (address: string) => unknown;
  readonly Notification: { requestPermission(): Promise<string> };
  readonly location: { assign(address: string): void };
}

describe('the desktop app', () => {
  it('mounts the demo by a click, shows it in the tray, and unmounts when it quits', async () => {
    const { app, window, home, trayMenu, exited } = await startApp();
    expect(window.url()).toMatch(/^orbit-ghost:\/\/app\//);
    await window.getByRole('button', { name: 'Mount the demo' }).click();
    await window
      .getByRole('button', { name: /^Unmount / })
      .first()
      .waitFor();
    const [mount] = fuseMountsBelow(home);
    expect(mount).toBeDefined();
    expect(readdirSync(mount?.mountPoint ?? '')).not.toEqual([]);
    await until('the tray’s menu', async () =>
      (await trayMenu()).some((label) => label.endsWith('(mounted)')),
    );
    expect(await trayMenu()).toEqual(
      expect.arrayContaining(['Pause fetching', 'Dashboard', 'Settings', 'Quit']),
    );
    // Not awaited: the connection ends with the app.
    void app.evaluate(({ app: electron }) => electron.quit()).catch(() => {});
    expect(await exited).toBe(0);
    expect(fuseMountsBelow(home)).toEqual([]);
  });

  it('is locked down: no Node, no foreign page, no window, no permission', async () => {
    const { app, window } = await startApp();
    const page = await window.evaluate(async () => {
      const world = globalThis as unknown as PageWorld;
      return {
        node: typeof world.require,
        bridge: Object.keys(world.orbitGhost ?? {}).toSorted(),
        opened: world.open('orbit-ghost://app/') !== null,
        notifications: await world.Notification.requestPermission(),
        fetched: await fetch('https://example.org/').then(
          () => true,
          () => false,
        ),
      };
    });
    expect(page).toEqual({
      node: 'undefined',
      bridge: ['drag', 'onMessage', 'send'],
      opened: false,
      notifications: 'denied',
      fetched: false,
    });
    await window.evaluate(() => (globalThis as unknown as PageWorld).location.assign('https://example.org/'));
    expect(window.url()).toMatch(/^orbit-ghost:\/\/app\//);
    expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
    await app.close();
  });
});
