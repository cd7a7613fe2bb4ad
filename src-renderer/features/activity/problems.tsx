/** What went wrong lately, the latest first: when, what and what to do, which job, and the page where that is done. */
import type { Activity, Job } from '../../../src-main/ipc/contract.ts';
import { Mark } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { Name } from '../../components/name.tsx';
import { formatAge, formatTime } from '../../lib/format.ts';
import { visibleText } from '../../lib/text.ts';
import { useNow } from '../../lib/use-now.ts';
import { navigate } from '../../stores/navigation.ts';
import { jobName, wayOut } from './describe-activity.ts';
import styles from './problems.module.css';

type ActivityProblem = Activity['problems'][number];

export interface ProblemsProps {
  readonly problems: readonly ActivityProblem[];
  readonly jobs: readonly Job[];
}

export function Problems({ problems, jobs }: ProblemsProps) {
  const now = useNow();
  if (problems.length === 0) return <p className={styles.none}>Nothing has gone wrong since the start.</p>;
  return (
    <ol className={styles.list}>
      {problems.map((problem) => (
        <ProblemItem
          key={`${String(problem.at)} ${problem.code} ${problem.path ?? ''}`}
          problem={problem}
          jobs={jobs}
          now={now}
        />
      ))}
    </ol>
  );
}

interface ProblemItemProps {
  readonly problem: ActivityProblem;
  readonly jobs: readonly Job[];
  readonly now: number;
}

function ProblemItem({ problem, jobs, now }: ProblemItemProps) {
  const way = wayOut(problem, jobs);
  return (
    <li className={styles.item}>
      <span className={styles.mark}>
        <Mark shape="cross" tone="bad" />
      </span>
      <div className={styles.words}>
        <p>{visibleText(problem.sentence)}</p>
        <p className={styles.about}>
          <time dateTime={new Date(problem.at).toISOString()} title={formatTime(problem.at)}>
            {formatAge(problem.at, now)}
          </time>
          {problem.job !== null && <Name text={jobName(jobs, problem.job)} wrap />}
          {problem.path !== null && <Name text={problem.path} mono wrap />}
        </p>
      </div>
      {way !== undefined && <Button onClick={() => navigate(way.place)}>{way.label}</Button>}
    </li>
  );
}
