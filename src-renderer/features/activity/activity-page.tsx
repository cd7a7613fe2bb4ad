/** What moves now and what went wrong: throughput, transfers, problems, the log. Everything here comes by itself. */
import { Page, Section } from '../../components/page.tsx';
import { formatPlural } from '../../lib/format.ts';
import { useActivity } from '../../stores/activity.ts';
import { useJobs } from '../../stores/state.ts';
import styles from './activity-page.module.css';
import { LogPanel } from './log-panel.tsx';
import { Problems } from './problems.tsx';
import { Throughput } from './throughput.tsx';
import { Transfers } from './transfers.tsx';

/** Before the first event; one object, so that nothing is drawn twice. */
const NO_HISTORY = { fetched: [], read: [] };

export function ActivityPage() {
  const activity = useActivity((store) => store.activity);
  const jobs = useJobs();
  const transfers = activity?.transfers ?? [];
  return (
    <Page title="Activity">
      <Section title="Throughput">
        <Throughput history={activity?.history ?? NO_HISTORY} />
      </Section>
      <Section
        title="Transfers"
        aside={
          transfers.length > 0 && (
            <span className={styles.count}>{formatPlural(transfers.length, 'transfer')}</span>
          )
        }
      >
        <Transfers transfers={transfers} jobs={jobs} />
      </Section>
      <Section title="Recent problems">
        <Problems problems={activity?.problems ?? []} jobs={jobs} />
      </Section>
      <LogPanel />
    </Page>
  );
}
