/** In place of a screen that failed while it was being drawn: what happened, and the way back. What failed is in the log. */
import { Component, type ReactNode } from 'react';
import { Button } from '../components/button.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import styles from './closed.module.css';

export interface FailureBoundaryProps {
  readonly children: ReactNode;
}

interface FailureBoundaryState {
  readonly failed: boolean;
}

export class FailureBoundary extends Component<FailureBoundaryProps, FailureBoundaryState> {
  static getDerivedStateFromError(): FailureBoundaryState {
    return { failed: true };
  }

  override readonly state: FailureBoundaryState = { failed: false };

  override render(): ReactNode {
    return this.state.failed ? <Failed /> : this.props.children;
  }
}

function Failed() {
  return (
    <main className={styles.closed}>
      <h1 className="visually-hidden">Orbit GhostFS</h1>
      <div role="alert">
        <EmptyState
          icon="warning"
          title="This screen has failed"
          actions={
            <Button look="primary" icon="retry" onClick={() => location.reload()}>
              Reload
            </Button>
          }
        >
          Something went wrong while it was drawn; mounted jobs go on working. If it happens again after a
          reload, the log says what failed.
        </EmptyState>
      </div>
    </main>
  );
}
