/** The transfers under way, those a program waits for first. A row keeps its place and its widths while numbers change. */
import type { Job, Transfer } from '../../../src-main/ipc/contract.ts';
import { Badge } from '../../components/badge.tsx';
import { Name } from '../../components/name.tsx';
import { Progress } from '../../components/progress.tsx';
import { formatBytes, formatPercent, formatRate, share } from '../../lib/format.ts';
import { shownName, SPOKEN_CHARACTERS } from '../../lib/text.ts';
import { blockRange, jobName, orderTransfers, PRIORITY_WORDS } from './describe-activity.ts';
import styles from './transfers.module.css';

export interface TransfersProps {
  readonly transfers: readonly Transfer[];
  readonly jobs: readonly Job[];
}

export function Transfers({ transfers, jobs }: TransfersProps) {
  return (
    // It scrolls and holds nothing that could be focused, so the keyboard needs it itself.
    <div className={styles.card} role="region" aria-label="Transfers under way" tabIndex={0}>
      {transfers.length === 0 ? (
        <p className={styles.none}>
          Nothing is being fetched. Blocks show here while they travel to a program.
        </p>
      ) : (
        <ul aria-label="Transfers">
          {orderTransfers(transfers).map((transfer) => (
            <TransferRow key={transfer.id} transfer={transfer} job={jobName(jobs, transfer.job)} />
          ))}
        </ul>
      )}
    </div>
  );
}

function TransferRow({ transfer, job }: { readonly transfer: Transfer; readonly job: string }) {
  const { path, priority, source, rate, received, bytes } = transfer;
  const end = path.lastIndexOf('/');
  const [folder, name] = [path.slice(0, Math.max(0, end)), path.slice(end + 1)];
  return (
    <li className={styles.row}>
      <div className={styles.file}>
        <Name keepEnd text={name} />
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
