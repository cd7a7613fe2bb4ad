/** A page that fails says so in the program's log; one that cannot be drawn any more offers the way back. */
import { expect, it } from 'vitest';
import { until } from '../helpers/system-until.ts';
import { openBrowser, pageFailures } from './browser.ts';
import { heading, tab } from './pages.ts';
import { startProgram } from './running-program.ts';

/** What the screen draws on every page goes through it. */
const BREAK_DRAWING = `Intl.NumberFormat.prototype.format = () => { throw new Error('broken on purpose'); };
  Number.prototype.toFixed = () => { throw new Error('broken on purpose'); };`;

it('tells the log of its failures, and offers to be loaded again when it cannot be drawn', async () => {
  const program = await startProgram({ args: ['--demo'] });
  const lines: string[] = [];
  program.client.subscribe('log', {}, (event) => {
    lines.push(...event.lines.filter(({ from }) => from === 'screen').map(({ text }) => text));
  });
  const { open } = await openBrowser();
  const page = await open(program.url);
  await heading(page, 'Jobs').waitFor();
  await page.evaluate(`setTimeout(() => { throw new Error('loose end'); })`);
  await page.evaluate(`void Promise.reject(new Error('lost answer'))`);
  await until('the failures in the log', () => lines.length >= 2);
  expect(lines[0]).toContain('The screen failed: Error: loose end');
  expect(lines[1]).toContain('Something the screen asked for failed: Error: lost answer');

  await page.evaluate(BREAK_DRAWING);
  await tab(page, 'Cache').click();
  await page.getByRole('heading', { name: 'This screen has failed' }).waitFor();
  await until('the broken drawing in the log', () =>
    lines.some((line) => line.includes('broken on purpose')),
  );
  expect(lines.at(-1)).toMatch(/^The screen could not be drawn: Error: broken on purpose/);
  await page.getByRole('button', { name: 'Reload' }).click();
  await heading(page, 'Cache').waitFor();
  expect(pageFailures(page, /loose end|lost answer/)).toEqual([]);
  await program.stop();
});
