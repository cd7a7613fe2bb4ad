/** What was checked on this machine, what was found, and what to do where it is not enough. */
import type { SetupCheck } from '../../../src-main/ipc/contract.ts';
import { Badge } from '../../components/badge.tsx';
import { visibleText } from '../../lib/text.ts';
import styles from './checks.module.css';

export function Checks({ checks }: { readonly checks: readonly SetupCheck[] | undefined }) {
  if (checks === undefined) {
    return (
      <p className={styles.waiting} role="status">
        Looking…
      </p>
    );
  }
  return (
    <ul className={styles.checks} aria-label="Checks">
      {checks.map(({ name, ok, sentence }) => (
        <li key={`${name} ${sentence}`} className={styles.check}>
          <span className={styles.name}>{name}</span>
          <span className={styles.sentence}>{visibleText(sentence)}</span>
          <Badge tone={ok ? 'good' : 'warn'} shape={ok ? 'disc' : 'ring'}>
            {ok ? 'Ready' : 'To do'}
          </Badge>
        </li>
      ))}
    </ul>
  );
}
