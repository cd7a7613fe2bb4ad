/** Which programs read, what and how much. */
import { useShallow } from 'zustand/react/shallow';
import type { Reader } from '../../../src-main/ipc/contract.ts';
import { Name } from '../../components/name.tsx';
import { formatAge, formatBytes, formatRate } from '../../lib/format.ts';
import { useActivity } from '../../stores/activity.ts';
import styles from './readers.module.css';

/** Programs beyond these are told as a number; there are rarely more than three. */
const SHOWN = 8;

export interface ReadersProps {
  readonly job: string;
  /** Only those whose last read was of this file. */
  readonly path?: string;
}

export function Readers({ job, path }: ReadersProps) {
  const readers = useActivity(
    useShallow(
      ({ activity }) =>
        activity?.readers.filter(
          (reader) => reader.job === job && (path === undefined || reader.path === path),
        ) ?? [],
    ),
  );
  const at = useActivity(({ activity }) => activity?.at ?? 0);
  if (readers.length === 0) {
    return (
      <p className={styles.nobody}>
        {path === undefined ? 'Nobody reads from this job.' : 'Nobody reads this file.'}
      </p>
    );
  }
  return (
    <ul className={styles.readers} aria-label="Readers">
      {readers.slice(0, SHOWN).map((reader) => (
        <ReaderItem key={reader.pid} reader={reader} at={at} withPath={path === undefined} />
      ))}
      {readers.length > SHOWN && <li className={styles.nobody}>and {readers.length - SHOWN} more</li>}
    </ul>
  );
}

interface ReaderItemProps {
  readonly reader: Reader;
  /** The time of the program's clock. */
  readonly at: number;
  readonly withPath: boolean;
}

function ReaderItem({
  reader: { process, pid, bytes, rate, path, lastReadAt },
  at,
  withPath,
}: ReaderItemProps) {
  return (
    <li className={styles.reader}>
      <span className={styles.who}>
        <Name text={process === '' ? 'Unknown program' : process} />
        <span className={styles.quiet}>{pid}</span>
      </span>
      <span className={styles.rate}>{rate > 0 ? formatRate(rate) : formatAge(lastReadAt, at)}</span>
      <span className={styles.what}>{withPath && path !== null && <Name keepEnd text={path} />}</span>
      <span className={styles.bytes}>{formatBytes(bytes)} read</span>
    </li>
  );
}
