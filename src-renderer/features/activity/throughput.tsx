/**
 * What is fetched and what is read, over the last two minutes: one line each, with the number that holds now beside it. While
 * less than that was counted, as after a start, it says over which time.
 */
import { memo } from 'react';
import type { Activity } from '../../../src-main/ipc/contract.ts';
import { Card } from '../../components/page.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { formatRate } from '../../lib/format.ts';
import { HISTORY_SPAN, historySummary } from './describe-activity.ts';
import styles from './throughput.module.css';

/** Below it a line stays near the ground. Bytes per second. */
const FLOOR = 1024 ** 2;

export const Throughput = memo(function Throughput({ history }: { readonly history: Activity['history'] }) {
  return (
    <div className={styles.charts}>
      <Chart title="Fetched" help="from sources" color="--line-fetched" samples={history.fetched} />
      <Chart title="Read" help="by programs" color="--line-read" samples={history.read} />
    </div>
  );
});

interface ChartProps {
  readonly title: string;
  readonly help: string;
  readonly color: string;
  readonly samples: readonly number[];
}

function Chart({ title, help, color, samples }: ChartProps) {
  const now = formatRate(samples.at(-1) ?? 0);
  const summary = historySummary(samples);
  return (
    <Card className={styles.chart}>
      <div className={styles.head}>
        <h3 className={styles.title}>
          {title} <span className={styles.help}>{help}</span>
        </h3>
        <p className={styles.now}>{now}</p>
      </div>
      <Sparkline
        height="chart"
        label={`${title} over the last two minutes: now ${now}, ${summary}.`}
        series={[{ color, samples, filled: true }]}
        span={HISTORY_SPAN}
        floor={FLOOR}
      />
      <p className={styles.scale}>
        <span>2 min ago</span>
        <span>{summary}</span>
        <span>now</span>
      </p>
    </Card>
  );
}
