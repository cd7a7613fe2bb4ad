/** Holds a page against axe's rules: serious and critical findings, as sentences. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Empty when nothing serious is wrong. */
export async function accessibilityProblems(page: Page): Promise<readonly string[]> {
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
