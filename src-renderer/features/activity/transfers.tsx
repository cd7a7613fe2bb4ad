/** The transfers under way, those a program waits for first. A row keeps its place and its widths while numbers change. */
import type { Job, Transfer } from '../../../src-main/ipc/contract.ts';
import { Badge } from '../../components/badge.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Name } from '../../components/name.tsx';
import { Progress } from '../../components/progress.tsx';
import { formatBytes, formatPercent, formatRate, share } from '../../lib/format.ts';
import { shownName } from '../../lib/text.ts';
import { blockRange, jobName, orderTransfers, PRIORITY_WORDS } from './describe-activity.ts';
import styles from './transfers.module.css';

/** Of a name in a bar's name: enough to tell files apart by ear. */
const SPOKEN_CHARACTERS = 60;

export interface TransfersProps {
  readonly transfers: readonly Transfer[];
  readonly jobs: readonly Job[];
}

export function Transfers({ transfers, jobs }: TransfersProps) {
  if (transfers.length === 0) {
    return (
      <div className={styles.card}>
        <EmptyState icon="activity" title="Nothing is being fetched">
          Blocks are fetched when a program reads what is not in the cache yet. They show here while they
          travel.
        </EmptyState>
      </div>
    );
  }
  return (
    <ul className={styles.card} aria-label="Transfers under way">
      {orderTransfers(transfers).map((transfer) => (
        <TransferRow key={transfer.id} transfer={transfer} job={jobName(jobs, transfer.job)} />
      ))}
    </ul>
  );
}

function TransferRow({ transfer, job }: { readonly transfer: Transfer; readonly job: string }) {
  const { path, priority, source, rate, received, bytes } = transfer;
  const end = path.lastIndexOf('/');
  const [folder, name] = [path.slice(0, Math.max(0, end)), path.slice(end + 1)];
  return (
    <li className={styles.row}>
      <div className={styles.file}>
        <Name text={name} />
        <Name text={folder === '' ? job : `${job} / ${folder}`} className={styles.quiet} />
      </div>
      <div className={styles.what}>
        <span>
          {transfer.blocks === 1 ? 'block' : 'blocks'} {blockRange(transfer)}
        </span>
        {source === '' ? (
          <span className={styles.quiet}>waits for a place</span>
        ) : (
          <Name text={source} mono className={styles.quiet} />
        )}
      </div>
      <div className={styles.priority}>
        <Badge tone={priority === 'user' ? 'accent' : 'neutral'}>{PRIORITY_WORDS[priority]}</Badge>
      </div>
      <div className={styles.received}>
        <Progress
          label={`Blocks ${blockRange(transfer)} of ${shownName(name, SPOKEN_CHARACTERS)}`}
          text={`${formatBytes(received)} of ${formatBytes(bytes)}`}
          value={share(received, bytes)}
        />
        <span className={styles.percent}>{formatPercent(received, bytes)}</span>
      </div>
      <span className={styles.rate}>{formatRate(rate)}</span>
    </li>
  );
}
