/** What was looked at, the worst first: its state in a word, what was found, and what to do. */
import type { HealthCheck } from '../../../src-main/ipc/contract.ts';
import { Badge, type Shape, type Tone } from '../../components/badge.tsx';
import { visibleText } from '../../lib/text.ts';
import styles from './check-list.module.css';

interface Look {
  readonly word: string;
  readonly tone: Tone;
  readonly shape: Shape;
}

const LOOKS: Readonly<Record<HealthCheck['level'], Look>> = {
  problem: { word: 'Problem', tone: 'bad', shape: 'cross' },
  warning: { word: 'Warning', tone: 'warn', shape: 'ring' },
  ok: { word: 'Well', tone: 'good', shape: 'disc' },
};
const WORST_FIRST = Object.keys(LOOKS);

export function CheckList({ checks }: { readonly checks: readonly HealthCheck[] | undefined }) {
  if (checks === undefined) {
    return (
      <p className={styles.waiting} role="status">
        Looking at everything; that can take up to a minute where something does not answer.
      </p>
    );
  }
  const sorted = checks.toSorted((a, b) => WORST_FIRST.indexOf(a.level) - WORST_FIRST.indexOf(b.level));
  return (
    <ul className={styles.checks} aria-label="Checks">
      {sorted.map(({ name, level, sentence, remedy }) => {
        const { word, tone, shape } = LOOKS[level];
        return (
          <li key={`${name} ${sentence}`} className={styles.check}>
            <span className={styles.name}>{visibleText(name)}</span>
            <div className={styles.text}>
              <p>{visibleText(sentence)}</p>
              {remedy !== null && <p className={styles.remedy}>{visibleText(remedy)}</p>}
            </div>
            <Badge tone={tone} shape={shape}>
              {word}
            </Badge>
          </li>
        );
      })}
    </ul>
  );
}
