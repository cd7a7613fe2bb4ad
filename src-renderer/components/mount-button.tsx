/**
 * Mounts or unmounts one job. When something is open in the mount, the server's sentence is shown and the person decides
 * whether to detach it anyway.
 */
import { useState } from 'react';
import type { Job } from '../../src-main/ipc/contract.ts';
import { bridge } from '../bridge/bridge.ts';
import { codeOf, sentenceOf } from '../bridge/failure.ts';
import { shownName } from '../lib/text.ts';
import { useAction } from '../lib/use-action.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import styles from './mount-button.module.css';

/** A name in a control's label is read aloud; this much tells jobs apart. */
const SPOKEN_CHARACTERS = 60;

export interface MountButtonProps {
  readonly job: Pick<Job, 'key' | 'name' | 'state'>;
  /** A list of many has soft ones; a page of one job a primary one. */
  readonly look?: 'primary' | 'soft';
}

export function MountButton({ job, look = 'soft' }: MountButtonProps) {
  const { busy, run } = useAction();
  const [obstacle, setObstacle] = useState<string>();
  const name = shownName(job.name, SPOKEN_CHARACTERS);
  const moving = job.state === 'mounting' || job.state === 'unmounting';
  const mounted = job.state === 'mounted' || job.state === 'unmounting';

  const unmount = (force: boolean) =>
    run(
      async () => {
        await bridge.call('jobs.unmount', { job: job.key, force });
        setObstacle(undefined);
      },
      (cause) => {
        if (force || codeOf(cause) !== 'MOUNT_BUSY') return false;
        setObstacle(sentenceOf(cause));
        return true;
      },
    );
  const mount = () => run(() => bridge.call('jobs.mount', { job: job.key }));

  return (
    <>
      {mounted ? (
        <Button
          className={styles.button}
          busy={busy || moving}
          aria-label={`Unmount ${name}`}
          onClick={() => unmount(false)}
        >
          Unmount
        </Button>
      ) : (
        <Button
          className={styles.button}
          look={look}
          busy={busy || moving}
          aria-label={`Mount ${name}`}
          onClick={mount}
        >
          Mount
        </Button>
      )}
      <Dialog
        open={obstacle !== undefined}
        onClose={() => setObstacle(undefined)}
        title="Something is still open"
        description={obstacle}
        actions={
          <>
            <Button onClick={() => setObstacle(undefined)}>Keep mounted</Button>
            <Button look="danger" busy={busy} onClick={() => unmount(true)}>
              Unmount anyway
            </Button>
          </>
        }
      >
        <p>
          Unmounting anyway detaches it now: programs that have files open there keep them until they end, and
          nothing new can be opened.
        </p>
      </Dialog>
    </>
  );
}
