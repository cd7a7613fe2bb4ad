/** The pages and the state of the whole, always in sight: beside the page, or above and below it on a narrow screen. */
import { cx } from '../components/cx.ts';
import { Icon, type IconName } from '../components/icon.tsx';
import { navigate, useNavigation, type Place } from '../stores/navigation.ts';
import styles from './sidebar.module.css';
import { StatusLine } from './status-line.tsx';

interface Item {
  readonly page: Exclude<Place['page'], 'job'>;
  readonly label: string;
  readonly icon: IconName;
  readonly key: string;
}

export const PAGES: readonly Item[] = [
  { page: 'jobs', label: 'Jobs', icon: 'jobs', key: 'J' },
  { page: 'activity', label: 'Activity', icon: 'activity', key: 'A' },
  { page: 'cache', label: 'Cache', icon: 'cache', key: 'C' },
  { page: 'health', label: 'Health', icon: 'health', key: 'H' },
  { page: 'settings', label: 'Settings', icon: 'settings', key: 'S' },
];

export function Sidebar() {
  const current = useNavigation(({ place }) => (place.page === 'job' ? 'jobs' : place.page));
  return (
    <header className={styles.sidebar}>
      <div className={styles.brand}>
        <BrandMark />
        <span>Orbit GhostFS</span>
      </div>
      <nav className={styles.pages} aria-label="Pages">
        {PAGES.map(({ page, label, icon, key }) => (
          <button
            key={page}
            type="button"
            className={cx(styles.item, current === page && styles.current)}
            aria-current={current === page ? 'page' : undefined}
            aria-keyshortcuts={`Alt+Shift+${key}`}
            onClick={() => navigate({ page })}
          >
            <Icon name={icon} />
            <span>{label}</span>
          </button>
        ))}
      </nav>
      <StatusLine />
    </header>
  );
}

/** A body that is not wholly there, and what circles it. */
function BrandMark() {
  return (
    <svg className={styles.mark} viewBox="0 0 24 24" aria-hidden="true">
      <circle cx="12" cy="12" r="4.2" fill="currentColor" />
      <path d="M12 2.6a9.4 9.4 0 0 1 9.4 9.4M12 21.4A9.4 9.4 0 0 1 2.6 12" />
      <path d="M21.4 12a9.4 9.4 0 0 1-2.2 6M2.6 12A9.4 9.4 0 0 1 5 5.8" strokeDasharray="1.6 2.6" />
    </svg>
  );
}
