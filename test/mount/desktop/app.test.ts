/**
 * The app's main process from its entry to real mounts, with only Electron itself stood in for: its start, the tray, the page's
 * calls and drags, closing without a tray, and quitting while something is in use.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { webPreferences } from '../../../src-main/app/secure-window.ts';
import { CHANNELS } from '../../../src-main/ipc/electron-channels.ts';
import { start } from '../../helpers/child.ts';
import { fuseMountsBelow } from '../../helpers/system-mounts.ts';
import { until } from '../../helpers/system-until.ts';
import { newDirectory } from '../../helpers/system.ts';
import { buildScreen, holds, LIMIT_MS, startApp } from './running-app.ts';

beforeAll(buildScreen);

it('serves a person from the first start to quitting', async () => {
  const home = newDirectory('app-home');
  const { told, all, exited, perform, heard } = startApp(home);

  // Locked down before anything is shown.
  await heard('show');
  const order = told.map(({ what }) => what);
  for (const what of [
    'sandbox',
    'schemes',
    'handle',
    'permission requests',
    'permission checks',
    'device permissions',
    'session will-download',
  ]) {
    expect(order.indexOf(what), what).toBeGreaterThan(order.indexOf('lock'));
    expect(order.indexOf(what), what).toBeLessThan(order.indexOf('window'));
  }
  expect(order.slice(0, 2)).toEqual(['lock', 'sandbox']);
  expect(order.slice(order.indexOf('window')).slice(0, 2)).toEqual(['window', 'window opening handled']);
  const privileges = { standard: true, secure: true, supportFetchAPI: true };
  expect(all('schemes')).toEqual([[{ scheme: 'orbit-ghost', privileges }]]);
  const [preferences] = all('window') as readonly { readonly preload: string }[];
  expect(preferences).toEqual(webPreferences(preferences?.preload ?? ''));

  // The page sets up the demo; the tray mounts it.
  const call = { type: 'call', id: 1, method: 'setup.demo', input: {} };
  perform({ do: 'say', channel: CHANNELS.message, words: [call] });
  const { output } = (await heard('answer')) as { readonly output: { readonly jobs: readonly string[] } };
  await heard('menu', holds('demo files'));
  // The page may say what is mounted, not where.
  const input = { job: output.jobs[0], mountPoint: newDirectory('elsewhere') };
  perform({
    do: 'say',
    channel: CHANNELS.message,
    words: [{ type: 'call', id: 2, method: 'jobs.mount', input }],
  });
  expect(await heard('answer', holds('"id":2'))).toMatchObject({ error: { code: 'PERMISSION_DENIED' } });
  perform({ do: 'click', path: ['demo files', 'Mount'] });
  await heard('menu', holds('(mounted)'));
  const [mount] = fuseMountsBelow(home);
  const mountPoint = mount?.mountPoint ?? '';
  expect(readdirSync(mountPoint)).toContain('README.txt');

  // Files leave by their place in the mount, and only those in it.
  const mounted = output.jobs.find((job) => job.endsWith('-1'));
  perform({ do: 'say', channel: CHANNELS.drag, words: [mounted, '../../README.txt'] });
  perform({ do: 'say', channel: CHANNELS.drag, words: [mounted, 'README.txt'] });
  await heard('drag');
  expect(all('drag')).toEqual([join(mountPoint, 'README.txt')]);
  perform({ do: 'click', path: ['demo files', 'Open folder'] });
  expect(await heard('open')).toBe(mountPoint);
  perform({ do: 'click', path: ['Settings'] });
  await heard('load', holds('#settings'));

  // No tray host here: closing asks, and is taken to mean the way back stays.
  perform({ do: 'answer', button: 0 });
  perform({ do: 'close' });
  await heard('minimise');
  expect(all('hide')).toEqual([]);

  // In use: cancelled once, then detached.
  const holder = await start('sh', ['-c', 'echo ready; exec sleep 600'], { cwd: mountPoint });
  await holder.waitForLine(/ready/);
  perform({ do: 'answer', button: 2 });
  perform({ do: 'click', path: ['Quit'] });
  const question = (await heard('question', holds('Retry'))) as { readonly buttons: readonly string[] };
  expect(question.buttons).toEqual(['Retry', 'Detach', 'Cancel']);
  expect(readdirSync(mountPoint)).toContain('README.txt');
  perform({ do: 'answer', button: 1 });
  await until(
    'the question to be over',
    () => {
      perform({ do: 'click', path: ['Quit'] });
      return all('question').filter(holds('Retry')).length > 1;
    },
    LIMIT_MS,
  );
  expect(await exited).toEqual([0, null]);
  expect(fuseMountsBelow(home)).toEqual([]);
  await holder.stop();
});

it('ends before it touches anything where another instance runs', async () => {
  const home = newDirectory('app-home');
  const before = readdirSync(home, { recursive: true });
  const { told, exited } = startApp(home, undefined, 'taken');
  expect(await exited).toEqual([0, null]);
  expect(told.map(({ what }) => what)).toEqual(['lock', 'exit']);
  expect(readdirSync(home, { recursive: true }).filter((name) => name !== 'run')).toEqual(before);
});

it('leaves a program that runs already alone, and says so', async () => {
  const home = newDirectory('app-home');
  const first = startApp(home);
  await first.heard('show');
  const second = startApp(home);
  expect(await second.heard('error box')).toMatch(/^Orbit GhostFS cannot start: .*already/i);
  expect(await second.exited).toEqual([1, null]);
  first.perform({ do: 'second-instance' });
  first.perform({ do: 'click', path: ['Quit'] });
  expect(await first.exited).toEqual([0, null]);
});
