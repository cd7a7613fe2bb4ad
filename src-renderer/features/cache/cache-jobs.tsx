/** What each job has in the cache, the most first, with the way to clear it. */
import type { CacheStatus } from '../../../src-main/ipc/contract.ts';
import { Button } from '../../components/button.tsx';
import { Name } from '../../components/name.tsx';
import { Progress } from '../../components/progress.tsx';
import { formatBytes, formatPercent, formatPlural, share } from '../../lib/format.ts';
import { shownName, SPOKEN_CHARACTERS } from '../../lib/text.ts';
import styles from './cache-rows.module.css';
import { sortBySize } from './clear-question.ts';
import type { CachedJob } from './clear-question.ts';

export interface CacheJobsProps {
  readonly cache: CacheStatus;
  readonly onClear: (job: CachedJob) => void;
}

export function CacheJobs({ cache, onClear }: CacheJobsProps) {
  return (
    <ul className={styles.list} aria-label="Cached blocks by job">
      {sortBySize(cache.jobs).map((job) => (
        <CachedJobRow key={job.namespace} job={job} usedBytes={cache.usedBytes} onClear={onClear} />
      ))}
    </ul>
  );
}

interface CachedJobRowProps extends Pick<CacheJobsProps, 'onClear'> {
  readonly job: CachedJob;
  readonly usedBytes: number;
}

function CachedJobRow({ job, usedBytes, onClear }: CachedJobRowProps) {
  const spoken = shownName(job.name, SPOKEN_CHARACTERS);
  const percent = formatPercent(job.bytes, usedBytes);
  return (
    <li className={styles.row}>
      <div className={styles.name}>
        <Name text={job.name} />
        <span className={styles.quiet}>
          {formatPlural(job.blocks, 'block')}
          {job.job === null && ', no catalogue lists it any more'}
        </span>
      </div>
      <div className={styles.share}>
        <Progress
          meter
          label={`Part of the cache, ${spoken}`}
          value={share(job.bytes, usedBytes)}
          text={percent}
        />
        <span className={styles.percent}>{percent}</span>
      </div>
      <span className={styles.bytes}>{formatBytes(job.bytes)}</span>
      <Button
        className={styles.clear}
        aria-label={`Clear ${spoken}`}
        disabled={job.blocks === 0}
        onClick={() => onClear(job)}
      >
        Clear…
      </Button>
    </li>
  );
}
