/** The desktop app as a person meets it: first run, mount the demo by a click, the tray follows, quitting unmounts. */
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { onCleanup } from '../helpers/system-cleanup.ts';
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

/** A web server of this machine that any page could reach, so that only the app's own locks keep its page away. */
async function listening() {
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    response.setHeader('Access-Control-Allow-Origin', '*').end('foreign');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup('a foreign web server', async () => {
    server.close().closeAllConnections();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  return { address: `http://127.0.0.1:${port}/`, requests: () => requests };
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
    const foreign = await listening();
    const { app, window, home } = await startApp();
    const page = await window.evaluate(async (address) => {
      const world = globalThis as unknown as PageWorld;
      return {
        node: typeof world.require,
        bridge: Object.keys(world.orbitGhost ?? {}).toSorted(),
        opened: world.open('orbit-ghost://app/') !== null,
        notifications: await world.Notification.requestPermission(),
        fetched: await fetch(address).then(
          () => true,
          () => false,
        ),
      };
    }, foreign.address);
    expect(page).toEqual({
      node: 'undefined',
      bridge: ['drag', 'onMessage', 'send'],
      opened: false,
      notifications: 'denied',
      fetched: false,
    });
    await window.evaluate(
      (address) => (globalThis as unknown as PageWorld).location.assign(address),
      foreign.address,
    );
    const log = join(home, '.local', 'state', 'orbit-ghost', 'orbit-ghost.log');
    const refusal = (line: string): boolean =>
      line.includes('A navigation was refused') && line.includes(foreign.address);
    await until(
      'the refusal in the log',
      () => existsSync(log) && readFileSync(log, 'utf8').split('\n').some(refusal),
    );
    // It answers everybody else: what it did not see was never sent.
    expect((await fetch(foreign.address)).ok).toBe(true);
    expect(foreign.requests()).toBe(1);
    expect(window.url()).toMatch(/^orbit-ghost:\/\/app\//);
    expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
    await app.close();
  });
});
