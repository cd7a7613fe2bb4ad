/** Holds a page against axe's rules, in each of the looks that a person may have it in; nothing serious may be wrong. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const LOOKS = [
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 1280 },
  { theme: 'light', width: 360 },
  { theme: 'dark', width: 360 },
] as const;

export async function expectAccessible(page: Page, where: string): Promise<void> {
  expect(await accessibilityProblems(page), where).toEqual([]);
}

/** Serious and critical findings, as sentences. */
async function accessibilityProblems(page: Page): Promise<readonly string[]> {
  // Evaluated, not added as a script: the page's policy allows no script but its own.
  await page.evaluate(SOURCE);
  const { violations, passes } = await page.evaluate<AxeResults>('axe.run({ resultTypes: ["violations"] })');
  if (passes.length === 0) throw new Error('axe judged nothing');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) =>
      nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 200)}\n${node.failureSummary ?? ''}`),
    );
}
