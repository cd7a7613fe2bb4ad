/** What is fetched and what is read, over the last two minutes: one line each, with the number that holds now beside it. */
import { memo } from 'react';
import type { Activity } from '../../../src-main/ipc/contract.ts';
import { Card } from '../../components/page.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { formatRate } from '../../lib/format.ts';
import styles from './throughput.module.css';

/** One sample a second. */
const SPAN = 120;
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
  const highest = Math.max(0, ...samples);
  const peak = formatRate(highest);
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
        label={`${title} over the last two minutes: now ${now}, at most ${peak}.`}
        series={[{ color, samples, filled: true }]}
        span={SPAN}
        floor={FLOOR}
      />
      <p className={styles.scale}>
        <span>2 minutes ago</span>
        <span>{highest === 0 ? 'nothing moved' : `highest ${peak}`}</span>
        <span>now</span>
      </p>
    </Card>
  );
}
