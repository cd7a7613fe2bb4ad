/** How much of a whole is there. Without a value the end is not known, and a quiet stripe moves. */
import { cx } from './cx.ts';
import styles from './progress.module.css';

const UNKNOWN_PART = 0.3;
const LEAST_PART = 0.012;

export interface ProgressProps {
  readonly label: string;
  /** 0 to 1; null while not known. */
  readonly value: number | null;
  /** What a screen reader says instead of the percentage. */
  readonly text?: string;
  readonly tone?: 'accent' | 'good' | 'warn' | 'bad';
  /** Not a task under way but a share, such as cached of total. */
  readonly meter?: boolean;
}

export function Progress({ label, value, text, tone = 'accent', meter = false }: ProgressProps) {
  // A little is not nothing, also in a narrow bar.
  const drawn = value === null ? UNKNOWN_PART : value > 0 ? Math.max(LEAST_PART, value) : 0;
  const percent = value === null ? undefined : Math.round(value * 1_000) / 10;
  return (
    <div
      className={cx(styles.track, value === null && styles.unknown)}
      role={meter ? 'meter' : 'progressbar'}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={text}
    >
      {/* Scaled, not resized: a change repaints nothing else. */}
      <div className={cx(styles.bar, styles[tone])} style={{ transform: `scaleX(${drawn})` }} />
    </div>
  );
}
