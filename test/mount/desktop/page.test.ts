/** The app's window when its page fails: loaded again a few times, then a person is asked, who always sees the window. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { CHANNELS } from '../../../src-main/ipc/electron-channels.ts';
import { newDirectory } from '../../helpers/system.ts';
import { until } from '../../helpers/system-until.ts';
import { buildScreen, holds, LIMIT_MS, startApp } from './running-app.ts';

beforeAll(buildScreen);

const aboutPage = holds('The page of the window');

it('shows the window and asks when its page cannot be loaded, and loads it when told to', async () => {
  const home = newDirectory('app-home');
  const { perform, heard, all, told, exited } = startApp(home);
  perform({ do: 'page', loads: false });
  perform({ do: 'answer', button: -1 });
  const question = (await heard('question', aboutPage)) as { readonly buttons: readonly string[] };
  expect(question.buttons).toEqual(['Reload', 'Quit', 'Cancel']);
  expect(all('reload')).toHaveLength(3);
  const order = told.map(({ what }) => what);
  expect(order.indexOf('show')).toBeLessThan(order.indexOf('question'));
  perform({ do: 'page', loads: true });
  perform({ do: 'answer', button: 0 });
  await until('the reload', () => all('reload').length === 4, LIMIT_MS);
  perform({
    do: 'say',
    channel: CHANNELS.message,
    words: [{ type: 'call', id: 1, method: 'app.info', input: {} }],
  });
  await heard('answer');
  expect(all('question')).toHaveLength(1);
  perform({ do: 'click', path: ['Quit'] });
  expect(await exited).toEqual([0, null]);
});

it('asks about a page that crashes again and again, and quits when told to', async () => {
  const home = newDirectory('app-home');
  const { perform, heard, all, exited } = startApp(home);
  await heard('show');
  perform({ do: 'answer', button: 1 });
  for (let crash = 1; crash <= 3; crash += 1) {
    perform({ do: 'crash' });
    await until('the reload', () => all('reload').length === crash, LIMIT_MS);
  }
  perform({ do: 'crash' });
  await heard('question', aboutPage);
  expect(await exited).toEqual([0, null]);
  expect(all('reload')).toHaveLength(3);
  const log = readFileSync(join(home, '.local', 'state', 'orbit-ghost', 'orbit-ghost.log'), 'utf8');
  expect(log.match(/ended: crashed/g)).toHaveLength(4);
});
