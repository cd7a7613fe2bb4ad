/** The rows of the jobs in sight. Only they exist in the document; a row is rendered again only when its job changed. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import type { Job } from '../../../src-main/ipc/contract.ts';
import styles from './job-list.module.css';
import { JobRow } from './job-row.tsx';

/** A guess before a row is measured, in pixels. */
const ROW_HEIGHT = 84;
const OVERSCAN = 6;

export function JobList({ jobs }: { readonly jobs: readonly Job[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: jobs.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => jobs[index]?.key ?? index,
    overscan: OVERSCAN,
  });
  return (
    <div className={styles.scroller} ref={scroller}>
      <ul className={styles.list} aria-label="Jobs" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, key, start }) => {
          const job = jobs[index];
          return (
            job !== undefined && (
              <li
                key={key}
                ref={rows.measureElement}
                data-index={index}
                className={styles.item}
                style={{ transform: `translateY(${start}px)` }}
                aria-setsize={jobs.length}
                aria-posinset={index + 1}
              >
                <JobRow job={job} />
              </li>
            )
          );
        })}
      </ul>
    </div>
  );
}
