/** One job: what it is, where it is, how much of it is here, how fast it moves, and what went wrong. */
import { memo } from 'react';
import type { Job } from '../../../src-main/ipc/contract.ts';
import { bridge } from '../../bridge/bridge.ts';
import { IconButton } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { JobStateBadge } from '../../components/job-state-badge.tsx';
import { MountButton } from '../../components/mount-button.tsx';
import { Name } from '../../components/name.tsx';
import { Progress } from '../../components/progress.tsx';
import { formatBytes, formatPercent, formatRate, share } from '../../lib/format.ts';
import { useAction } from '../../lib/use-action.ts';
import { useJobActivity } from '../../stores/activity.ts';
import { useConnection } from '../../stores/connection.ts';
import { navigate } from '../../stores/navigation.ts';
import { JobProblem } from './job-problem.tsx';
import styles from './job-row.module.css';

export const JobRow = memo(function JobRow({ job }: { readonly job: Job }) {
  return (
    <article className={styles.row}>
      <div className={styles.state}>
        <JobStateBadge job={job} />
      </div>
      <div className={styles.what}>
        <button
          type="button"
          className={styles.name}
          onClick={() => navigate({ page: 'job', job: job.key, path: '' })}
        >
          <Name text={job.name} />
        </button>
        <Where job={job} />
        <Source sources={job.sources} />
      </div>
      <div className={styles.amounts}>
        <Cached job={job} />
        <Speed job={job} />
      </div>
      <div className={styles.actions}>
        <MountButton job={job} />
      </div>
      {job.problem !== null && <JobProblem job={job} problem={job.problem} />}
    </article>
  );
});

function Where({ job }: { readonly job: Job }) {
  const canOpen = useConnection(({ can }) => can.reveal);
  const { busy, run } = useAction();
  return (
    <div className={styles.where}>
      <Name mono text={job.mountPoint} className={styles.mountPoint} />
      <span className={styles.tools}>
        <CopyButton label="Copy mount point" text={job.mountPoint} />
        {canOpen && job.state === 'mounted' && (
          <IconButton
            icon="folder"
            label="Open folder"
            busy={busy}
            onClick={() => run(() => bridge.call('jobs.open', { job: job.key }))}
          />
        )}
      </span>
    </div>
  );
}

function Source({ sources }: { readonly sources: readonly string[] }) {
  const [best] = sources;
  if (best === undefined) return null;
  return (
    <div className={styles.source}>
      <span>from</span>
      <Name text={best} />
      {sources.length > 1 && <span>and {sources.length - 1} more</span>}
    </div>
  );
}

function Cached({ job: { cachedBytes, bytes } }: { readonly job: Job }) {
  const text = `${formatBytes(cachedBytes)} of ${formatBytes(bytes)}`;
  return (
    <div className={styles.cached}>
      <div className={styles.numbers}>
        <span>{text}</span>
        <span className={styles.quiet}>{formatPercent(cachedBytes, bytes)}</span>
      </div>
      <Progress meter label="Cached" value={share(cachedBytes, bytes)} text={text} />
    </div>
  );
}

function Speed({ job: { key, state } }: { readonly job: Job }) {
  const activity = useJobActivity(key);
  if (activity === undefined || state !== 'mounted') return <div className={styles.speed} />;
  const { fetchRate, hits, misses } = activity;
  return (
    <dl className={styles.speed}>
      <div>
        <dt>Fetched</dt>
        <dd>{formatRate(fetchRate)}</dd>
      </div>
      <div>
        <dt>Hit rate</dt>
        <dd>{formatPercent(hits, hits + misses)}</dd>
      </div>
    </dl>
  );
}
