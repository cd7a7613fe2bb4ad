/** The job as a whole, while no file is selected: how much is here, how fast it moves, who reads, where it comes from. */
import type { Job } from '../../../src-main/ipc/contract.ts';
import { Name } from '../../components/name.tsx';
import { Card, Section } from '../../components/page.tsx';
import { Progress } from '../../components/progress.tsx';
import { formatBytes, formatPercent, formatPlural, formatRate, share } from '../../lib/format.ts';
import { useJobActivity } from '../../stores/activity.ts';
import styles from './panel.module.css';
import { Readers } from './readers.tsx';

export function JobPanel({ job }: { readonly job: Job }) {
  const activity = useJobActivity(job.key);
  const reads = (activity?.hits ?? 0) + (activity?.misses ?? 0);
  const cached = `${formatBytes(job.cachedBytes)} of ${formatBytes(job.bytes)}`;
  return (
    <Card className={styles.panel}>
      <div className={styles.cached}>
        <div className={styles.split}>
          <span>{cached} cached</span>
          <span>{formatPercent(job.cachedBytes, job.bytes)}</span>
        </div>
        <Progress meter label="Cached" value={share(job.cachedBytes, job.bytes)} text={cached} />
      </div>
      <dl className={styles.numbers}>
        <Figure label="Fetched" value={formatRate(activity?.fetchRate ?? 0)} />
        <Figure label="Read" value={formatRate(activity?.readRate ?? 0)} />
        <Figure label="Hit rate" value={formatPercent(activity?.hits ?? 0, reads)} />
        <Figure label="Contents" value={formatPlural(job.files, 'file')} />
      </dl>
      <Section title="Who is reading">
        <Readers job={job.key} />
      </Section>
      <Section title={job.sources.length === 1 ? 'Source' : 'Sources, best first'}>
        <ol className={styles.sources}>
          {job.sources.map((source) => (
            <li key={source}>
              <Name mono wrap text={source} />
            </li>
          ))}
        </ol>
      </Section>
    </Card>
  );
}

function Figure({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}
