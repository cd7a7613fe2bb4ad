/** What went wrong with a job, and the way out of it. */
import type { Job, Problem } from '../../../src-main/ipc/contract.ts';
import { bridge } from '../../bridge/bridge.ts';
import { Button } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { cx } from '../../components/cx.ts';
import { needsPerson } from '../../lib/job-condition.ts';
import { useAction } from '../../lib/use-action.ts';
import { navigate } from '../../stores/navigation.ts';
import { visibleText } from '../../lib/text.ts';
import styles from './job-problem.module.css';

export function JobProblem({ job, problem }: { readonly job: Job; readonly problem: Problem }) {
  const { busy, run } = useAction();
  const failed = job.state === 'failed';
  return (
    <div className={cx(styles.problem, needsPerson(job) ? styles.bad : styles.warn)}>
      <Icon name="warning" />
      <p className={styles.text}>{visibleText(problem.sentence)}</p>
      {failed ? (
        <Button
          look="quiet"
          busy={busy}
          onClick={() => run(() => bridge.call('jobs.mount', { job: job.key }))}
        >
          Try again
        </Button>
      ) : (
        <Button look="quiet" onClick={() => navigate({ page: 'activity' })}>
          Recent errors
        </Button>
      )}
    </div>
  );
}
