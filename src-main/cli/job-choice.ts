/** Which job a person means by a number, a name or a key. Invariant: never guesses among several. */
import { GhostError } from '../engine/errors.ts';
import type { Job } from '../ipc/contract.ts';
import { ownCommand } from '../output/own-command.ts';
import { UsageError } from './failure.ts';

/** A sentence lists no more candidates than a person reads. */
const CANDIDATES_MAX = 8;

/** Throws JOB_UNKNOWN, or UsageError with the candidates when several fit. */
export function chooseJob(jobs: readonly Job[], text: string): Job {
  const byKey = jobs.find(({ key }) => key === text);
  if (byKey !== undefined) return byKey;
  const byNumber = /^\d+$/.test(text) ? jobs.filter(({ id }) => String(id) === text) : [];
  // A name made of digits is found where no job has that number.
  const found = byNumber.length > 0 ? byNumber : jobs.filter(({ name }) => name === text);
  const [first, ...others] = found;
  if (first === undefined) throw unknown(jobs, text);
  if (others.length === 0) return first;
  const shown = found
    .slice(0, CANDIDATES_MAX)
    .map(({ key, name, catalogue }) => `${key} (${name}, in ${catalogue})`);
  const more = found.length > shown.length ? ` and ${found.length - shown.length} more` : '';
  throw new UsageError(
    `${JSON.stringify(text)} means ${found.length} jobs: ${shown.join(', ')}${more}. Name one by its key.`,
  );
}

/** What to type for a job: its number, or its key where others have that number too. */
export function shortestName({ id, key }: Job, jobs: readonly Job[]): string {
  return jobs.filter((job) => job.id === id).length === 1 ? String(id) : key;
}

function unknown(jobs: readonly Job[], text: string): GhostError {
  const remedy =
    jobs.length === 0
      ? `No catalogue that is listed has jobs; add one on the screen or in the settings, or end the program and start it with \`${ownCommand()} up --catalogue PATH\`.`
      : `\`${ownCommand()} status\` lists them.`;
  return new GhostError('JOB_UNKNOWN', `There is no job ${JSON.stringify(text)}. ${remedy}`);
}
