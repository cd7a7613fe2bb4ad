/** `orbit-ghost open` on a desktop: what a browser is started with, and that a real one gets from there to the screen. */
import { chmodSync, copyFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { run } from '../../helpers/child.ts';
import { until } from '../../helpers/system-until.ts';
import { newDirectory } from '../../helpers/system.ts';
import { openBrowser } from '../../ui/browser.ts';
import { setup as buildScreen } from '../../ui/screen-build.ts';
import { newHome, orbitGhost } from './command-line.ts';
import { startUp } from './running-up.ts';

beforeAll(buildScreen, 120_000);

it('starts the browser with a file of this user alone, and never shows the token to other users', async () => {
  const tools = newDirectory('tools');
  const told = join(tools, 'told');
  const opener = join(tools, 'xdg-open');
  writeFileSync(opener, `#!/bin/sh\nprintf '%s\\n' "$#" "$@" > '${told}.new'\nmv '${told}.new' '${told}'\n`);
  chmodSync(opener, 0o755);
  const env = { ...newHome(), DISPLAY: ':99', PATH: `${tools}:${process.env['PATH'] ?? ''}` };
  const up = await startUp([], env);
  const { code, stdout } = await orbitGhost(['open'], env);
  expect(code).toBe(0);
  const token = /#token=(\S+)/.exec(stdout)?.[1] ?? 'none';
  await until('the browser is started', () => existsSync(told));
  const [count, page = '', ...rest] = readFileSync(told, 'utf8').trimEnd().split('\n');
  expect({ count, rest }).toEqual({ count: '1', rest: [] });
  expect(page).not.toContain(token);
  const { stdout: everybody } = await run('ps', ['-eo', 'args']);
  expect(everybody).toContain(page);
  expect(everybody).not.toContain(token);
  expect(statSync(page).mode & 0o777).toBe(0o600);
  // It may be gone before a slow browser is there.
  const kept = join(up.home, 'page.html');
  copyFileSync(page, kept);
  // With it goes who waits to remove it.
  rmSync(page);
  await until('nobody waits to remove it', async () => {
    const { stdout: arguments_ } = await run('ps', ['-eo', 'args']);
    return !arguments_.includes(page);
  });
  const { open } = await openBrowser();
  const tab = await open(pathToFileURL(kept).href);
  await tab.getByRole('navigation', { name: 'Pages' }).waitFor();
  expect(new URL(tab.url()).origin).toBe(new URL(stdout.trim()).origin);
});
