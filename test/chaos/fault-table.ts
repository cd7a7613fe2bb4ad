/**
 * Prints, when a run that did harm is over, which fault was made to happen by which test and how that ended. Invariant: what was
 * left out is told as left out, never as passed; a row that no test holds makes the run fail.
 */
import { existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Reporter, TestCase, TestModule, TestSpecification } from 'vitest/node';
import { chaosSeed } from './profile.ts';

/** File below `test/`, and the title as it is written there: what stands for `%s` may be anything. */
export type RowTest = readonly [file: string, title: string];

export interface FaultRow {
  readonly fault: string;
  readonly tests: readonly RowTest[];
}

export interface FaultArea {
  readonly area: string;
  readonly rows: readonly FaultRow[];
}

type Verdict = 'passed' | 'FAILED' | 'left out' | 'NO SUCH TEST' | 'NO TEST';
const WRONG: readonly Verdict[] = ['FAILED', 'NO SUCH TEST', 'NO TEST'];
const VERDICT_WIDTH = 'NO SUCH TEST'.length;

/** A title as written, with `%s` and its like for anything. */
export function titlePattern(title: string): string {
  return title
    .split(/%[sdijo]/)
    .map((part) => RegExp.escape(part))
    .join('.*');
}

export class FaultTable implements Reporter {
  readonly #root: string;
  readonly #areas: readonly FaultArea[];

  /** `root`: the directory of the tests. */
  constructor(root: string, areas: readonly FaultArea[]) {
    this.#root = root;
    this.#areas = areas;
  }

  onTestRunStart(specifications: readonly TestSpecification[]): void {
    if (specifications.some(isChaos)) process.stdout.write(`${seedLine()}\n`);
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    if (!modules.some(isChaos)) return;
    const tests = new Map(modules.map((module) => [this.#nameOf(module), [...module.children.allTests()]]));
    const lines: string[] = [];
    const wrong: Verdict[] = [];
    for (const { area, rows } of this.#areas) {
      lines.push('', area);
      for (const row of rows) {
        lines.push(`  ${row.fault}`);
        const held = row.tests.map((test) => ({
          verdict: this.#verdictOf(test, tests),
          text: test.join(': '),
        }));
        for (const { verdict, text } of held.length > 0
          ? held
          : [{ verdict: 'NO TEST' as const, text: '' }]) {
          lines.push(`    ${verdict.padEnd(VERDICT_WIDTH)}  ${text}`.trimEnd());
          if (WRONG.includes(verdict)) wrong.push(verdict);
        }
      }
    }
    if (wrong.some((verdict) => verdict !== 'FAILED')) process.exitCode = 1;
    const sum = wrong.length === 0 ? 'nothing failed' : `not as promised: ${wrong.length}`;
    process.stdout.write(
      `\nWhat goes wrong, and which test holds what then (${sum})\n${lines.join('\n')}\n\n${seedLine()}\n`,
    );
  }

  #verdictOf([file, title]: RowTest, modules: ReadonlyMap<string, readonly TestCase[]>): Verdict {
    const tests = modules.get(file);
    if (tests === undefined) return existsSync(join(this.#root, file)) ? 'left out' : 'NO SUCH TEST';
    const pattern = new RegExp(`^${titlePattern(title)}$`);
    const states = tests.filter(({ name }) => pattern.test(name)).map((test) => test.result().state);
    if (states.length === 0) return 'NO SUCH TEST';
    if (states.includes('failed')) return 'FAILED';
    return states.every((state) => state === 'passed') ? 'passed' : 'left out';
  }

  #nameOf({ moduleId }: TestModule): string {
    return relative(this.#root, moduleId).split(sep).join('/');
  }
}

const isChaos = ({ project }: Pick<TestModule, 'project'>): boolean => project.name === 'chaos';
const seedLine = (): string => `Dice: CHAOS_SEED=${chaosSeed()}`;
