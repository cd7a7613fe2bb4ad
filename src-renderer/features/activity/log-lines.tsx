/**
 * The tail of the log. It follows what comes until one scrolls up, and says how much came since; only the lines in view are in
 * the document. Invariant: lines that come while one reads never move what is being read.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { cx } from '../../components/cx.ts';
import { formatPlural, formatTime } from '../../lib/format.ts';
import { visibleText } from '../../lib/text.ts';
import type { TailLine } from './log-tail.ts';
import styles from './log-lines.module.css';

// A line of 0.75rem text; wrapped ones are measured.
const LINE_PX = 22;
const OVERSCAN = 20;
// Nobody scrolls to the very last pixel by hand.
const AT_END_PX = 24;

export interface LogLinesProps {
  readonly lines: readonly TailLine[];
  /** Said when there are none. */
  readonly none: string;
}

export function LogLines({ lines, none }: LogLinesProps) {
  const scroller = useRef<HTMLDivElement>(null);
  /** The last line there was when following stopped; undefined while it follows. */
  const [pausedAt, setPausedAt] = useState<number>();
  const following = pausedAt === undefined;
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_PX,
    overscan: OVERSCAN,
    getItemKey: (index) => lines[index]?.number ?? index,
  });
  const last = lines.at(-1)?.number ?? 0;

  useEffect(() => {
    if (following && lines.length > 0) rows.scrollToIndex(lines.length - 1, { align: 'end' });
  }, [following, last, lines.length, rows]);

  const scrolled = () => {
    const element = scroller.current;
    if (element === null) return;
    const left = element.scrollHeight - element.scrollTop - element.clientHeight;
    setPausedAt((at) => (left <= AT_END_PX ? undefined : (at ?? last)));
  };

  const missed = following ? 0 : Math.max(0, last - pausedAt);
  const items = rows.getVirtualItems();
  return (
    <div className={styles.frame}>
      <div
        ref={scroller}
        className={styles.lines}
        onScroll={scrolled}
        role="log"
        aria-label="Log"
        aria-live="off"
        tabIndex={0}
      >
        {lines.length === 0 && <p className={styles.none}>{none}</p>}
        <div className={styles.sizer} style={{ height: rows.getTotalSize() }}>
          <div className={styles.window} style={{ transform: `translateY(${items[0]?.start ?? 0}px)` }}>
            {items.map(({ index, key }) => (
              <div key={key} data-index={index} ref={rows.measureElement}>
                <Line line={lines[index]} />
              </div>
            ))}
          </div>
        </div>
      </div>
      {!following && (
        <div className={styles.follow}>
          <Button icon="down" onClick={() => setPausedAt(undefined)}>
            {missed === 0 ? 'Follow' : `Follow (${formatPlural(missed, 'new line')})`}
          </Button>
        </div>
      )}
    </div>
  );
}

function Line({ line }: { readonly line: TailLine | undefined }) {
  if (line === undefined) return null;
  return (
    <div className={styles.line}>
      <span className={styles.time}>{formatTime(line.at)}</span>
      <span className={cx(styles[line.level])}>{line.level}</span>
      <span className={styles.from}>{line.from}</span>
      <span className={styles.words}>{visibleText(line.text)}</span>
    </div>
  );
}
