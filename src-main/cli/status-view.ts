/** How `orbit-ghost status` shows what it learned. Invariant: the table fits 80 columns, what is long stands below it. */
import type { Activity, CacheStatus, Job, Output, State } from '../ipc/contract.ts';
import { limitText } from './commands/cache-status.ts';
import { formatBytes } from '../output/format.ts';
import { ownCommand } from '../output/own-command.ts';
import { shortestName } from './job-choice.ts';
import { printable } from '../output/printable.ts';
import { renderTable } from './table.ts';

export interface Status {
  readonly info: Output<'app.info'>;
  readonly state: State;
  readonly activity: Activity;
  /** Undefined while no engine can tell. */
  readonly cache: CacheStatus | undefined;
  /** The engine counts as running and gave no answer. */
  readonly isSilent: boolean;
}

/** With the other columns, 80 characters. */
const NAME_MAX = 18;
const INDENT = '    ';

/**
 * Every job with what the engine just counted in the cache: what the program last told of a job may be older than
 * the read a person has just done.
 */
function withCounted(jobs: readonly Job[], cache: CacheStatus | undefined): readonly Job[] {
  const counted = new Map(cache?.jobs.map(({ job, bytes }) => [job, bytes]));
  return jobs.map((job) => ({ ...job, cachedBytes: counted.get(job.key) ?? job.cachedBytes }));
}

export function statusJson({ info, state, activity, cache, isSilent }: Status): string {
  const { version, pid, screen } = info;
  const { paused, catalogues, settingsProblem } = state;
  const engine = { ...state.engine, answers: !isSilent && state.engine.state === 'running' };
  const jobs = withCounted(state.jobs, cache).map((job) => {
    const rates = ratesOf(job, activity);
    return { ...job, readRate: rates?.readRate ?? 0, fetchRate: rates?.fetchRate ?? 0 };
  });
  return JSON.stringify(
    { version, pid, screen, engine, paused, cache: cacheJson(cache), catalogues, settingsProblem, jobs },
    null,
    2,
  );
}

function cacheJson(cache: CacheStatus | undefined): unknown {
  if (cache === undefined) return null;
  const { usedBytes, limitBytes, freeDiskBytes } = cache;
  return { usedBytes, limitBytes, freeDiskBytes };
}

export function statusText(status: Status): string {
  const { info, state, cache } = status;
  const lines = [
    `Orbit GhostFS ${info.version}, process ${info.pid}, ${info.screen === null ? 'no screen' : `screen ${info.screen}`}`,
    engineLine(status),
    cache === undefined
      ? 'Cache: not known at the moment'
      : `Cache: ${formatBytes(cache.usedBytes)}, ${limitText(cache.limitBytes)}`,
    ...(state.settingsProblem === null ? [] : [`Settings: ${state.settingsProblem}`]),
    ...state.catalogues.flatMap(({ path, problem }) =>
      problem === null ? [] : [`Catalogue ${path}: ${problem.sentence}`],
    ),
  ].map((line) => printable(line));
  const jobs =
    state.jobs.length === 0
      ? `No jobs. Add a catalogue on the screen or in the settings, or end the program and start it with \`${ownCommand()} up --catalogue PATH\`; with --demo there is an example.`
      : jobsText(status);
  return [...lines, '', jobs].join('\n');
}

function engineLine({ state: { engine, paused }, isSilent }: Status): string {
  // The last time it ended it was given up.
  const count = engine.restarts - (engine.state === 'failed' ? 1 : 0);
  const restarts = count <= 0 ? '' : `, restarted ${count === 1 ? 'once' : `${count} times`}`;
  const why = engine.sentence === null ? '' : `: ${engine.sentence}`;
  return `Engine: ${engine.state}${isSilent ? ' but does not answer' : ''}${restarts}${paused ? ', fetching is paused' : ''}${why}`;
}

function jobsText({ state, activity, cache }: Status): string {
  const jobs = withCounted(state.jobs, cache);
  const table = renderTable(
    [
      { title: 'JOB', align: 'right' },
      { title: 'NAME', align: 'left', max: NAME_MAX },
      { title: 'STATE', align: 'left' },
      { title: 'CACHED', align: 'right' },
      { title: 'OF', align: 'right' },
      { title: 'READ/S', align: 'right' },
      { title: 'FETCH/S', align: 'right' },
    ],
    jobs.map((job) => {
      const rates = ratesOf(job, activity);
      return [
        shortestName(job, jobs),
        job.name,
        conditionOf(job),
        formatBytes(job.cachedBytes),
        formatBytes(job.bytes),
        rates === undefined ? '' : formatBytes(rates.readRate),
        rates === undefined ? '' : formatBytes(rates.fetchRate),
      ];
    }),
  );
  const [head = '', ...rows] = table.split('\n');
  return [head, ...rows.flatMap((row, index) => [row, ...detailsOf(jobs[index])])].join('\n');
}

/** What is not mounted is not read, whatever was counted last. */
function ratesOf({ key, state }: Job, activity: Activity): Activity['jobs'][number] | undefined {
  if (state !== 'mounted' && state !== 'unmounting') return undefined;
  return activity.jobs.find((one) => one.job === key);
}

/** In one column, so that a list shows at a glance which job cannot fetch; the sentence below it says why. */
function conditionOf({ state, source }: Job): string {
  if (state !== 'mounted' || source === 'reachable') return state;
  return source === 'away' ? 'offline' : 'refused';
}

function detailsOf(job: Job | undefined): readonly string[] {
  if (job === undefined) return [];
  const { state, mountPoint, problem } = job;
  return [
    ...(state === 'mounted' ? [`${INDENT}${printable(mountPoint)}`] : []),
    ...(problem === null ? [] : [`${INDENT}${printable(problem.sentence)}`]),
  ];
}
