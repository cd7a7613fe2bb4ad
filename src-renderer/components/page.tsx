/** The frame of one page: its heading, its main actions, its content. Focus goes to the heading when the page changes. */
import type { ReactNode } from 'react';
import { cx } from './cx.ts';
import styles from './page.module.css';

export interface PageProps {
  readonly title: ReactNode;
  /** Under the title: one quiet line. */
  readonly subtitle?: ReactNode;
  readonly actions?: ReactNode;
  /** The content scrolls by itself inside, as a virtual list does; otherwise the page scrolls. */
  readonly fixed?: boolean;
  readonly children: ReactNode;
}

export function Page({ title, subtitle, actions, fixed = false, children }: PageProps) {
  return (
    <div className={cx(styles.page, fixed && styles.fixed)}>
      <header className={styles.header}>
        <div className={styles.heading}>
          <h1 className={styles.title} tabIndex={-1} id="page-title">
            {title}
          </h1>
          {subtitle !== undefined && <div className={styles.subtitle}>{subtitle}</div>}
        </div>
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

export interface SectionProps {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

/** A part of a page with a heading of its own. */
export function Section({ title, aside, children }: SectionProps) {
  return (
    <section className={styles.section} aria-label={title}>
      <div className={styles.sectionHeader}>
        <h2 className={styles.sectionTitle}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** A surface that stands out from the page. */
export function Card({
  children,
  className,
}: {
  readonly children: ReactNode;
  readonly className?: string | undefined;
}) {
  return <div className={cx(styles.card, className)}>{children}</div>;
}
