/**
 * The entries of one folder as a grid that only holds the rows in sight. The grid has the focus and a cursor: arrows move it,
 * Enter opens a folder or selects a file, Backspace goes up.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useId, useRef, useState, type KeyboardEvent, type MouseEvent } from 'react';
import type { Entry } from '../../../src-main/ipc/contract.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { formatPlural } from '../../lib/format.ts';
import { joinPath } from '../../lib/paths.ts';
import type { PinsOfJob } from '../../lib/pins.ts';
import { visibleText } from '../../lib/text.ts';
import styles from './file-browser.module.css';
import { FileRow } from './file-row.tsx';
import { cursorAfter } from './list-keys.ts';
import { useFiles } from './use-files.ts';

/** Fixed, so that 100,000 rows need no measuring. In pixels; the style sheet has the same. */
const ROW_HEIGHT = 36;
const OVERSCAN = 12;
/** Room for some rows until it is known how many there are. */
const UNKNOWN_HEIGHT = 10 * ROW_HEIGHT;

export interface FileBrowserProps {
  readonly job: string;
  readonly path: string;
  readonly selected: string | undefined;
  /** Changes when hydration may have. */
  readonly version: unknown;
  /** Undefined until it is known. */
  readonly pins: PinsOfJob | undefined;
  readonly onSelect: (entry: Entry) => void;
  readonly onUp: () => void;
}

export function FileBrowser({ job, path, selected, version, pins, onSelect, onUp }: FileBrowserProps) {
  const { pages, show, retry } = useFiles(job, path, version);
  const [wanted, setCursor] = useState(0);
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const total = pages.total ?? 0;
  // The folder may have become shorter.
  const cursor = Math.min(wanted, Math.max(0, total - 1));
  const rows = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
  });
  const items = rows.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  useEffect(() => show(first, last), [show, first, last]);
  const found = pages.problem(first, last);
  const problem = found === undefined ? undefined : visibleText(found);

  const move = (index: number) => {
    setCursor(index);
    rows.scrollToIndex(index);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.altKey || event.ctrlKey || event.metaKey) return;
    const inSight = Math.floor((scroller.current?.clientHeight ?? 0) / ROW_HEIGHT) - 1;
    const next = total > 0 ? cursorAfter(event.key, cursor, total, Math.max(1, inSight)) : undefined;
    const entry = pages.entry(cursor);
    const chosen = event.key === 'Enter' || event.key === ' ';
    if (next !== undefined) move(next);
    else if (chosen && entry !== undefined) onSelect(entry);
    else if (event.key === 'Backspace') onUp();
    else if (!chosen) return;
    event.preventDefault();
  };
  const onClick = ({ target }: MouseEvent) => {
    const row = target instanceof Element ? target.closest<HTMLElement>('[data-index]') : null;
    const index = Number(row?.dataset['index'] ?? Number.NaN);
    const entry = pages.entry(index);
    if (entry === undefined) return;
    setCursor(index);
    onSelect(entry);
  };

  if (pages.total === 0) return <EmptyState icon="folder" title="This folder is empty" />;
  if (problem !== undefined && pages.total === undefined) {
    return (
      <EmptyState
        icon="warning"
        title="The folder cannot be listed"
        actions={<Button onClick={retry}>Try again</Button>}
      >
        {problem}
      </EmptyState>
    );
  }
  return (
    <>
      {problem !== undefined && (
        <Banner tone="warn" actions={<Button onClick={retry}>Try again</Button>}>
          A part of this folder cannot be listed: {problem}
        </Banner>
      )}
      <div className={styles.browser}>
        <div className={styles.header} aria-hidden="true">
          <span>Name</span>
          <span className={styles.size}>Size</span>
          <span className={styles.cached}>Cached</span>
          <span className={styles.date}>Modified</span>
        </div>
        <div
          ref={scroller}
          className={styles.scroller}
          style={{ flexBasis: pages.total === undefined ? UNKNOWN_HEIGHT : rows.getTotalSize() }}
          role="grid"
          aria-label={`Files, ${formatPlural(total, 'entry', 'entries')}`}
          aria-rowcount={total}
          aria-colcount={4}
          // Only a row that is in the document: the cursor may be out of sight.
          aria-activedescendant={items.some(({ index }) => index === cursor) ? `${id}-${cursor}` : undefined}
          aria-busy={pages.total === undefined}
          tabIndex={0}
          onKeyDown={onKeyDown}
          onClick={onClick}
        >
          <div role="rowgroup" className={styles.rows} style={{ height: rows.getTotalSize() }}>
            {items.map(({ index, start }) => {
              const entry = pages.entry(index);
              return (
                <FileRow
                  key={index}
                  id={`${id}-${index}`}
                  index={index}
                  start={start}
                  job={job}
                  folder={path}
                  entry={entry}
                  pinned={entry && pins?.markOf(joinPath(path, entry.name))}
                  selected={selected !== undefined && entry?.name === selected}
                  current={index === cursor}
                />
              );
            })}
          </div>
        </div>
      </div>
    </>
  );
}
