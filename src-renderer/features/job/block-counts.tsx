/** How many blocks are in each state, and how many were just read: the legend of the map, and its equal as a table. */
import { formatBytes, formatCount } from '../../lib/format.ts';
import { STATES, STATE_LABELS, type BlockState } from '../../lib/block-states.ts';
import { cx } from '../../components/cx.ts';
import type { BlockMap } from '../../stores/block-map.ts';
import styles from './block-counts.module.css';

export interface BlockCountsProps {
  /** Changed in place; the revision says when. */
  readonly map: BlockMap;
  readonly revision: number;
}

export function BlockCounts({ map }: BlockCountsProps) {
  const read = map.justRead();
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
          <Row
            key={state}
            swatch={state}
            label={STATE_LABELS[state]}
            blocks={map.counts[index] ?? 0}
            bytes={map.bytesOf(index)}
          />
        ))}
        <Row swatch="read" label="Just read" {...read} />
      </tbody>
    </table>
  );
}

interface RowProps {
  readonly swatch: BlockState | 'read';
  readonly label: string;
  readonly blocks: number;
  readonly bytes: number;
}

function Row({ swatch, label, blocks, bytes }: RowProps) {
  return (
    <tr className={cx(blocks === 0 && styles.none)}>
      <th scope="row">
        <span className={cx(styles.swatch, styles[swatch])} aria-hidden="true" />
        {label}
      </th>
      <td>{formatCount(blocks)}</td>
      <td>{formatBytes(bytes)}</td>
    </tr>
  );
}
