/** The last things that went wrong, the latest first. Invariant: bounded, and one fault that repeats takes one place. */
import type { Activity } from '../ipc/contract.ts';

export type RecordedProblem = Activity['problems'][number];

const MAX_PROBLEMS = 50;

export class ProblemBook {
  #problems: readonly RecordedProblem[] = [];

  /** The latest first. */
  get problems(): readonly RecordedProblem[] {
    return this.#problems;
  }

  add(problem: RecordedProblem): void {
    const others = this.#problems.filter((known) => !isSame(known, problem));
    this.#problems = [problem, ...others].slice(0, MAX_PROBLEMS);
  }
}

function isSame(a: RecordedProblem, b: RecordedProblem): boolean {
  return a.code === b.code && a.sentence === b.sentence && a.job === b.job && a.path === b.path;
}
