/** The frame around every page: navigation, status, banners, the page itself, messages. */
import { useState, type ReactNode } from 'react';
import styles from './app.module.css';
import { cx } from './components/cx.ts';
import { HintProvider } from './components/hint.tsx';
import { Toasts } from './components/toasts.tsx';
import { ActivityPage } from './features/activity/activity-page.tsx';
import { CachePage } from './features/cache/cache-page.tsx';
import { HealthPage } from './features/health/health-page.tsx';
import { JobPage } from './features/job/job-page.tsx';
import { JobsPage } from './features/jobs/jobs-page.tsx';
import { SettingsPage } from './features/settings/settings-page.tsx';
import { FirstRunPage } from './features/setup/first-run-page.tsx';
import { Banners } from './frame/banners.tsx';
import { Closed, Loading } from './frame/closed.tsx';
import { Sidebar } from './frame/sidebar.tsx';
import { useFocusOnPageChange } from './frame/use-focus-on-page-change.ts';
import { useShortcuts } from './frame/use-shortcuts.ts';
import { useConnection } from './stores/connection.ts';
import { useNavigation, type Place } from './stores/navigation.ts';
import { useAppState } from './stores/state.ts';

export function App() {
  const phase = useConnection((store) => store.phase);
  const heard = useAppState(({ state }) => state !== undefined);
  const firstRun = useAppState(({ state }) => state?.firstRun === true);
  const [skipped, setSkipped] = useState(false);
  const place = useNavigation((store) => store.place);
  useShortcuts();
  useFocusOnPageChange(place);

  if (phase === 'no-session') return <Closed />;
  return (
    <HintProvider>
      <a className={styles.skip} href="#page" onClick={skipToPage}>
        Skip to the page
      </a>
      <div className={styles.frame}>
        <Sidebar />
        <main className={styles.main} id="page" tabIndex={-1}>
          <Banners />
          {/* What is shown while nothing is heard is old: it stays readable, and looks it. */}
          <div className={cx(styles.page, heard && phase !== 'open' && styles.old)}>
            {!heard && <Loading />}
            {heard && firstRun && !skipped && place.page === 'jobs' ? (
              <FirstRunPage onSkip={() => setSkipped(true)} />
            ) : (
              heard && page(place)
            )}
          </div>
        </main>
      </div>
      <Toasts />
    </HintProvider>
  );
}

function page(place: Place): ReactNode {
  switch (place.page) {
    case 'jobs':
      return <JobsPage />;
    case 'job':
      return <JobPage key={place.job} job={place.job} path={place.path} file={place.file} />;
    case 'activity':
      return <ActivityPage />;
    case 'cache':
      return <CachePage />;
    case 'health':
      return <HealthPage />;
    case 'settings':
      return <SettingsPage />;
  }
}

/** The address's fragment is the token's alone, so the link moves the focus by itself. */
function skipToPage(event: { preventDefault: () => void }): void {
  event.preventDefault();
  document.getElementById('page')?.focus();
}
