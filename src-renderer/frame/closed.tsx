/** What stands in place of the pages while there is nothing to show: no session, or nothing heard yet. */
import { EmptyState } from '../components/empty-state.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { HintProvider } from '../components/hint.tsx';
import styles from './closed.module.css';

const OPEN_COMMAND = 'orbit-ghost open';

export function Closed() {
  return (
    <HintProvider>
      <main className={styles.closed}>
        <h1 className="visually-hidden">Orbit GhostFS</h1>
        <EmptyState
          icon="info"
          title="This screen is not signed in"
          actions={
            <code className={styles.command}>
              {OPEN_COMMAND}
              <CopyButton label="Copy command" text={OPEN_COMMAND} />
            </code>
          }
        >
          Its session has ended, as when Orbit GhostFS starts again, or its address was used before: each lets
          one browser in, once. Run this command on the machine where Orbit GhostFS runs; it opens the screen,
          or prints the address to open.
        </EmptyState>
      </main>
    </HintProvider>
  );
}

export function Loading() {
  return (
    <div className={styles.loading} role="status">
      <span className={styles.ring} aria-hidden="true" />
      Connecting to Orbit GhostFS…
    </div>
  );
}
