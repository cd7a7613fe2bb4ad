/** What stands in place of the pages while there is nothing to show: no session, or nothing heard yet. */
import { useEffect, useState } from 'react';
import { openCommand } from '../bridge/session-token.ts';
import { EmptyState } from '../components/empty-state.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { HintProvider } from '../components/hint.tsx';
import styles from './closed.module.css';

/** Where the program does not say what it is called here. */
const OPEN_COMMAND = 'orbit-ghost open';

export function Closed() {
  const [command, setCommand] = useState(OPEN_COMMAND);
  useEffect(() => {
    void openCommand().then((own) => own !== undefined && setCommand(own));
  }, []);
  return (
    <HintProvider>
      <main className={styles.closed}>
        <h1 className="visually-hidden">Orbit GhostFS</h1>
        <EmptyState
          icon="info"
          title="This screen is not signed in"
          actions={
            <code className={styles.command}>
              {command}
              <CopyButton label="Copy command" text={command} />
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
