/** How full the cache is: one bar of what it holds against its limit, and the figures beside it. */
import type { CacheStatus } from '../../../src-main/ipc/contract.ts';
import { cx } from '../../components/cx.ts';
import { Card } from '../../components/page.tsx';
import { formatBytes, formatPercent, share } from '../../lib/format.ts';
import styles from './cache-usage.module.css';

export function CacheUsage({ cache }: { readonly cache: CacheStatus }) {
  const { usedBytes, limitBytes, freeDiskBytes, pinnedBytes, evictableBytes } = cache;
  // Without a limit the disk is the limit.
  const whole = limitBytes ?? usedBytes + (freeDiskBytes ?? 0);
  const inUse = Math.max(0, usedBytes - pinnedBytes - evictableBytes);
  const parts = [
    { key: 'evictable', label: 'Can be freed', bytes: evictableBytes },
    { key: 'inUse', label: 'In use', bytes: inUse },
    { key: 'pinned', label: 'Pinned', bytes: pinnedBytes },
  ] as const;
  const limit = limitBytes === null ? 'no limit but the disk' : `of ${formatBytes(limitBytes)}`;
  const summary = `${formatBytes(usedBytes)} used, ${limit}; ${parts
    .map(({ label, bytes }) => `${label.toLowerCase()} ${formatBytes(bytes)}`)
    .join(', ')}.`;
  return (
    <Card className={styles.card}>
      <p className={styles.used}>
        <span className={styles.figure}>{formatBytes(usedBytes)}</span>
        <span className={styles.limit}>
          {limit}
          {limitBytes !== null && `, ${formatPercent(usedBytes, limitBytes)} used`}
        </span>
      </p>
      <div className={styles.bar} role="img" aria-label={summary}>
        {parts.map(({ key, bytes }) => (
          <span
            key={key}
            className={cx(styles.part, styles[key])}
            style={{ flexGrow: share(bytes, whole) }}
          />
        ))}
        <span className={styles.part} style={{ flexGrow: Math.max(0, 1 - share(usedBytes, whole)) }} />
      </div>
      <dl className={styles.figures}>
        {parts.map(({ key, label, bytes }) => (
          <div key={key} className={styles.item}>
            <dt>
              <span className={cx(styles.swatch, styles[key])} />
              {label}
            </dt>
            <dd>{formatBytes(bytes)}</dd>
          </div>
        ))}
        <div className={styles.item}>
          <dt>Free on the disk</dt>
          <dd>{freeDiskBytes === null ? 'not known' : formatBytes(freeDiskBytes)}</dd>
        </div>
      </dl>
    </Card>
  );
}
