/**
 * Asks once before blocks go, and says afterwards what came of it. Invariant: the question stands as it was asked; figures that
 * fall while it is answered do not change it under the reader's eyes.
 */
import { useEffect, useRef, useState } from 'react';
import type { CacheStatus, Output } from '../../../src-main/ipc/contract.ts';
import { bridge } from '../../bridge/bridge.ts';
import { sentenceOf } from '../../bridge/failure.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Name } from '../../components/name.tsx';
import { formatBytes } from '../../lib/format.ts';
import { useAction } from '../../lib/use-action.ts';
import styles from './clear-dialog.module.css';
import { clearInput, clearQuestion, clearResult } from './clear-question.ts';
import type { ClearTarget } from './clear-question.ts';

export interface ClearDialogProps {
  readonly cache: CacheStatus;
  /** Undefined: closed. */
  readonly target: ClearTarget | undefined;
  readonly onClose: () => void;
}

export function ClearDialog({ cache, target, onClose }: ClearDialogProps) {
  return target === undefined ? null : <OpenDialog cache={cache} target={target} onClose={onClose} />;
}

interface OpenDialogProps extends ClearDialogProps {
  readonly target: ClearTarget;
}

function OpenDialog({ cache, target, onClose }: OpenDialogProps) {
  const [question] = useState(() => clearQuestion(cache, target, formatBytes));
  const [cleared, setCleared] = useState<Output<'cache.clear'>>();
  const [failure, setFailure] = useState<string>();
  const { busy, run } = useAction();
  const close = useRef<HTMLButtonElement>(null);

  // The button that had the focus is gone by then.
  useEffect(() => {
    if (cleared !== undefined) close.current?.focus();
  }, [cleared]);

  const clear = () => {
    setFailure(undefined);
    run(
      async () => {
        setCleared(await bridge.call('cache.clear', clearInput(target)));
      },
      (cause) => {
        setFailure(sentenceOf(cause));
        return true;
      },
    );
  };

  return (
    <Dialog
      open
      onClose={onClose}
      title={question.title}
      description={target === 'all' ? undefined : <Name text={target.name} wrap />}
      actions={
        cleared === undefined ? (
          <>
            <Button onClick={onClose}>Keep it</Button>
            <Button look="danger" busy={busy} onClick={clear}>
              {question.button}
            </Button>
          </>
        ) : (
          <Button ref={close} look="primary" onClick={onClose}>
            Done
          </Button>
        )
      }
    >
      {cleared === undefined ? (
        <ul className={styles.points}>
          <li>{question.frees}</li>
          <li>{question.keeps}</li>
        </ul>
      ) : (
        <p className={styles.result} role="status">
          {clearResult(cleared, formatBytes)}
        </p>
      )}
      {failure !== undefined && <Banner tone="bad">{failure}</Banner>}
    </Dialog>
  );
}
