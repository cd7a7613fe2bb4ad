/** A state in a word. The shape in front tells states apart without colour. */
import type { ReactNode } from 'react';
import styles from './badge.module.css';
import { cx } from './cx.ts';

export type Tone = 'neutral' | 'accent' | 'good' | 'warn' | 'bad';
export type Shape = 'disc' | 'ring' | 'half' | 'cross' | 'square';

export interface BadgeProps {
  readonly tone: Tone;
  readonly shape?: Shape;
  readonly children: ReactNode;
}

export function Badge({ tone, shape, children }: BadgeProps) {
  return (
    <span className={cx(styles.badge, styles[tone])}>
      {shape !== undefined && <Mark shape={shape} />}
      {children}
    </span>
  );
}

/** The shape alone, for lines that say the state in words beside it. */
export function Mark({ shape, tone }: { readonly shape: Shape; readonly tone?: Tone }) {
  return (
    <svg
      className={cx(styles.mark, shape === 'half' && styles.turning, tone && styles[`mark-${tone}`])}
      viewBox="0 0 10 10"
      aria-hidden="true"
    >
      {shape === 'disc' && <circle cx="5" cy="5" r="4" fill="currentColor" />}
      {shape === 'ring' && <circle cx="5" cy="5" r="3.2" className={styles.line} />}
      {shape === 'half' && (
        <>
          <circle cx="5" cy="5" r="3.6" className={styles.faint} />
          <path d="M5 1.4a3.6 3.6 0 0 1 3.6 3.6" className={styles.line} />
        </>
      )}
      {shape === 'cross' && <path d="M1.8 1.8l6.4 6.4M8.2 1.8 1.8 8.2" className={styles.line} />}
      {shape === 'square' && <rect x="1.5" y="1.5" width="7" height="7" rx="1" fill="currentColor" />}
    </svg>
  );
}
