/** How many blocks are in each state: the legend of the map, and its equal as a table. */
import { formatBytes, formatCount } from '../../lib/format.ts';
import { STATES, STATE_LABELS } from '../../lib/block-states.ts';
import { cx } from '../../components/cx.ts';
import type { BlockMap } from '../../stores/block-map.ts';
import styles from './block-counts.module.css';

export interface BlockCountsProps {
  /** Changed in place; the revision says when. */
  readonly map: BlockMap;
  readonly revision: number;
}

export function BlockCounts({ map }: BlockCountsProps) {
  return (
    <table className={styles.table}>
      <caption className="visually-hidden">Blocks by state</caption>
      <thead className="visually-hidden">
        <tr>
          <th scope="col">State</th>
          <th scope="col">Blocks</th>
          <th scope="col">Size</th>
        </tr>
      </thead>
      <tbody>
        {STATES.map((state, index) => (
          <tr key={state} className={cx((map.counts[index] ?? 0) === 0 && styles.none)}>
            <th scope="row">
              <span className={cx(styles.swatch, styles[state])} aria-hidden="true" />
              {STATE_LABELS[state]}
            </th>
            <td>{formatCount(map.counts[index] ?? 0)}</td>
            <td>{formatBytes(map.bytesOf(index))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
