/** A sentence above the page about something that holds for all of it. `alert` interrupts a screen reader; use it rarely. */
import type { ReactNode } from 'react';
import styles from './banner.module.css';
import { cx } from './cx.ts';
import { Icon, type IconName } from './icon.tsx';

export interface BannerProps {
  readonly tone: 'info' | 'warn' | 'bad';
  readonly icon?: IconName;
  readonly alert?: boolean;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Banner({
  tone,
  icon = tone === 'info' ? 'info' : 'warning',
  alert = false,
  actions,
  children,
}: BannerProps) {
  return (
    <div className={cx(styles.banner, styles[tone])} role={alert ? 'alert' : 'status'}>
      <Icon name={icon} />
      <div className={styles.text}>{children}</div>
      {actions !== undefined && actions !== false && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}
