/**
 * One entry. Before its page has come it is a grey line of the same height. A file can be dragged out where the host can.
 * Clicks and keys are the grid's, which finds the row by `data-index`.
 */
import { memo, type DragEvent } from 'react';
import type { Entry } from '../../../src-main/ipc/contract.ts';
import { cx } from '../../components/cx.ts';
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/name.tsx';
import { Progress } from '../../components/progress.tsx';
import { formatBytes, formatDate, formatPercent, share } from '../../lib/format.ts';
import { joinPath } from '../../lib/paths.ts';
import type { Pinned } from '../../lib/pins.ts';
import { useConnection } from '../../stores/connection.ts';
import styles from './file-browser.module.css';

const SECOND = 1_000;

export interface FileRowProps {
  readonly id: string;
  readonly index: number;
  /** Distance from the top of the list, in pixels. */
  readonly start: number;
  readonly job: string;
  readonly folder: string;
  /** Undefined until it is known. */
  readonly entry: Entry | undefined;
  /** Undefined: it is not kept offline. */
  readonly pinned: Pinned | undefined;
  readonly selected: boolean;
  readonly current: boolean;
}

export const FileRow = memo(function FileRow(props: FileRowProps) {
  const { id, index, start, job, folder, entry, pinned, selected, current } = props;
  const canDrag = useConnection(({ can }) => can.drag);
  const draggable = canDrag && entry?.kind === 'file';
  return (
    <div
      id={id}
      role="row"
      aria-rowindex={index + 1}
      aria-selected={selected}
      data-index={index}
      className={cx(styles.row, selected && styles.selected, current && styles.current)}
      style={{ transform: `translateY(${start}px)` }}
      draggable={draggable}
      onDragStart={draggable ? (event) => drag(event, job, joinPath(folder, entry.name)) : undefined}
    >
      {entry === undefined ? (
        <span className={styles.ghost} role="gridcell" aria-label="Loading" />
      ) : (
        <Columns entry={entry} pinned={pinned} />
      )}
    </div>
  );
});

interface ColumnsProps {
  readonly entry: Entry;
  readonly pinned: Pinned | undefined;
}

function Columns({ entry: { name, kind, size, mtime, cachedBytes }, pinned }: ColumnsProps) {
  const folder = kind === 'directory';
  return (
    <>
      <span role="gridcell" className={cx(styles.name, folder && styles.folder)}>
        <Icon name={folder ? 'folder' : 'file'} />
        <Name keepEnd text={name} />
        {folder && <span className="visually-hidden">, folder</span>}
        {pinned !== undefined && (
          <span className={cx(styles.pin, pinned === 'itself' && styles.own)} title="Kept offline">
            <Icon name="pin" />
            <span className="visually-hidden">, kept offline</span>
          </span>
        )}
      </span>
      <span role="gridcell" className={styles.size}>
        {folder ? <span className={styles.quiet}>–</span> : formatBytes(size)}
      </span>
      <span role="gridcell" className={styles.hydration}>
        {cachedBytes !== null && (
          <>
            <Progress
              meter
              label="Cached"
              value={share(cachedBytes, size)}
              text={formatPercent(cachedBytes, size)}
            />
            <span className={styles.percent}>{formatPercent(cachedBytes, size)}</span>
          </>
        )}
      </span>
      <span role="gridcell" className={cx(styles.date, styles.quiet)}>
        {formatDate(mtime * SECOND)}
      </span>
    </>
  );
}

/** The page's own drag would carry text; the desktop starts one that carries the file. */
function drag(event: DragEvent, job: string, path: string): void {
  event.preventDefault();
  window.orbitGhost?.drag(job, path);
}
