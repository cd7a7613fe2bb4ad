/** Engine, throughput and cache in three quiet lines. Numbers keep their place while they change. */
import { Mark, type Shape, type Tone } from '../components/badge.tsx';
import { cx } from '../components/cx.ts';
import { Progress } from '../components/progress.tsx';
import { formatBytes, formatPlural, formatRate, share } from '../lib/format.ts';
import { sourceTrouble } from '../lib/job-condition.ts';
import { useActivity } from '../stores/activity.ts';
import { useConnection } from '../stores/connection.ts';
import { useAppState, useJobs } from '../stores/state.ts';
import type { State } from '../../src-main/ipc/contract.ts';
import styles from './status-line.module.css';

interface Condition {
  readonly shape: Shape;
  readonly tone: Tone;
  readonly text: string;
}

const ENGINE: Readonly<Record<State['engine']['state'], Condition>> = {
  starting: { shape: 'half', tone: 'accent', text: 'Engine starting' },
  running: { shape: 'disc', tone: 'good', text: 'Engine running' },
  restarting: { shape: 'half', tone: 'warn', text: 'Engine restarting' },
  stopping: { shape: 'half', tone: 'neutral', text: 'Engine stopping' },
  failed: { shape: 'cross', tone: 'bad', text: 'Engine failed' },
};

export function StatusLine() {
  const { shape, tone, text } = useCondition();
  const current = useConnection((store) => store.phase === 'open');
  return (
    <section className={cx(styles.status, !current && styles.old)} aria-label="Status">
      <p className={styles.engine} role="status">
        <Mark shape={shape} tone={tone} />
        {text}
      </p>
      <Throughput />
      <CacheUse />
    </section>
  );
}

function useCondition(): Condition {
  const phase = useConnection((store) => store.phase);
  const engine = useAppState(({ state }) => state?.engine.state);
  const trouble = useSourceTrouble();
  const paused = useAppState(({ state }) => state?.paused === true);
  if (phase === 'connecting' || (phase === 'open' && engine === undefined)) {
    return { shape: 'half', tone: 'accent', text: 'Connecting' };
  }
  if (phase !== 'open') return { shape: 'ring', tone: 'bad', text: 'Disconnected' };
  if (engine === undefined) return { shape: 'half', tone: 'accent', text: 'Connecting' };
  if (engine === 'running' && paused) return { shape: 'square', tone: 'warn', text: 'Fetching paused' };
  if (engine === 'running' && trouble !== undefined) return trouble;
  return ENGINE[engine];
}

/** Jobs that cannot fetch. */
function useSourceTrouble(): Condition | undefined {
  const trouble = sourceTrouble(useJobs());
  if (trouble === undefined) return undefined;
  const jobs = formatPlural(trouble.jobs, 'job');
  return trouble.condition === 'offline'
    ? { shape: 'ring', tone: 'warn', text: `${jobs} offline` }
    : { shape: 'square', tone: 'bad', text: `${jobs} without access` };
}

function Throughput() {
  const fetched = useActivity(({ activity }) => sum(activity?.jobs, 'fetchRate'));
  const read = useActivity(({ activity }) => sum(activity?.jobs, 'readRate'));
  return (
    <dl className={styles.numbers}>
      <div>
        <dt>Fetched</dt>
        <dd>{formatRate(fetched)}</dd>
      </div>
      <div>
        <dt>Read</dt>
        <dd>{formatRate(read)}</dd>
      </div>
    </dl>
  );
}

function CacheUse() {
  const used = useActivity(({ activity }) => activity?.cache.usedBytes ?? 0);
  const limit = useActivity(({ activity }) => activity?.cache.limitBytes ?? null);
  return (
    <div className={styles.cache}>
      <dl className={styles.numbers}>
        <div>
          <dt>Cache</dt>
          <dd>{formatBytes(used)}</dd>
        </div>
      </dl>
      {limit !== null && (
        <Progress
          meter
          label="Cache used"
          value={share(used, limit)}
          text={`${formatBytes(used)} of ${formatBytes(limit)}`}
        />
      )}
    </div>
  );
}

function sum(
  jobs: readonly { readonly fetchRate: number; readonly readRate: number }[] | undefined,
  rate: 'fetchRate' | 'readRate',
): number {
  return jobs?.reduce((total, job) => total + job[rate], 0) ?? 0;
}
