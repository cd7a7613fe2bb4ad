/** What the screen's page loads: one script and one sheet, as shipped to people and not to developers, and no schema library. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../helpers/system.ts';

const ASSETS = join(projectRoot, 'dist', 'screen', 'assets');
// React's own part is half of it. Bytes, before compression.
const MOST_BYTES = 470_000;

it('is small, and the production build whatever the environment says', () => {
  const scripts = readdirSync(ASSETS).filter((name) => name.endsWith('.js'));
  expect(scripts).toHaveLength(1);
  const text = readFileSync(join(ASSETS, scripts[0] ?? ''), 'utf8');
  expect(text.length).toBeLessThan(MOST_BYTES);
  expect(text).not.toContain('ZodError');
  expect(text).not.toContain('Download the React DevTools');
});
