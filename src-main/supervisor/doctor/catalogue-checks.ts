/**
 * Examines each catalogue in a thread of its own, so that a large or locked one holds up no other check. Invariant: every
 * catalogue gets an answer within the limit, even if it is that it takes longer.
 */
import { Worker } from 'node:worker_threads';
import { systemClock, type Clock } from '../../engine/clock.ts';
import { inTime } from '../../engine/in-time.ts';
import type { CatalogueFinding, CatalogueOrder, ExaminedJob } from './catalogue-messages.ts';
import { withStop, type Check } from './check.ts';

const NAME = 'Catalogue';
/** Some gigabytes from a disk. A locked one is waited for within it. */
const LIMIT_MS = 30_000;
/** More sentences about one catalogue would hide the others. */
const SENTENCES_MAX = 5;

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const WORKER = new URL(`./catalogue-worker${extension}`, import.meta.url);

export interface ExaminedCatalogue {
  /** Resolves as soon as they are known; with none where they cannot be. */
  readonly jobs: Promise<readonly ExaminedJob[]>;
  readonly checks: Promise<readonly Check[]>;
}

export function noCatalogueCheck(): Check {
  return {
    name: NAME,
    level: 'warning',
    sentence: 'There is no catalogue yet.',
    remedy: 'Add one, publish a folder, or try the demo.',
  };
}

export function examineCatalogue(database: string, clock: Clock = systemClock): ExaminedCatalogue {
  const order: CatalogueOrder = { database };
  const worker = new Worker(WORKER, { workerData: order, name: 'catalogue-check' });
  worker.unref();
  const jobs = Promise.withResolvers<readonly ExaminedJob[]>();
  const findings: CatalogueFinding[] = [];
  const over = new Promise<boolean>((resolve) => {
    worker.on('message', (finding: CatalogueFinding) => {
      findings.push(finding);
      if (finding.kind === 'jobs') jobs.resolve(finding.jobs);
      if (finding.kind === 'done') resolve(true);
    });
    worker.on('error', ({ message }) => {
      findings.push({ kind: 'problem', sentence: `${database} could not be examined: ${message}` });
      resolve(true);
    });
  });
  const finish = async (): Promise<readonly Check[]> => {
    const isOver = (await inTime(over, LIMIT_MS, clock)) === true;
    jobs.resolve([]);
    return catalogueChecks(database, findings, isOver);
  };
  return { jobs: jobs.promise, checks: finish() };
}

function catalogueChecks(
  database: string,
  findings: readonly CatalogueFinding[],
  isOver: boolean,
): readonly Check[] {
  const checks = findings.flatMap((finding): readonly Check[] =>
    finding.kind === 'problem' || finding.kind === 'warning'
      ? [{ name: NAME, level: finding.kind, sentence: withStop(finding.sentence) }]
      : [],
  );
  if (!isOver) {
    const sentence = `${database} takes longer than ${LIMIT_MS / 1000} s to examine; what was found until then is told.`;
    checks.push({ name: NAME, level: 'warning', sentence });
  }
  if (checks.length > SENTENCES_MAX) {
    const rest = checks.splice(SENTENCES_MAX);
    const level = rest.some((check) => check.level === 'problem') ? 'problem' : 'warning';
    const sentence = `${database}: ${rest.length} more findings of this kind.`;
    checks.push({ name: NAME, level, sentence });
  }
  if (checks.length > 0) return checks;
  const total = findings.find((finding) => finding.kind === 'jobs')?.total ?? 0;
  const jobs = total === 1 ? '1 job' : `${total} jobs`;
  return [{ name: NAME, level: 'ok', sentence: `${database} is sound; it has ${jobs}.` }];
}
