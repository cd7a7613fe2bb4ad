/**
 * Mounts or unmounts one job, and gives up a mount that takes long. When something is open in the mount, the server's sentence
 * is shown and the person decides whether to detach it anyway. One button throughout, so that the focus stays on it.
 */
import { useRef, useState } from 'react';
import type { Job } from '../../src-main/ipc/contract.ts';
import { bridge } from '../bridge/bridge.ts';
import { codeOf, sentenceOf } from '../bridge/failure.ts';
import { shownName, SPOKEN_CHARACTERS } from '../lib/text.ts';
import { useAction } from '../lib/use-action.ts';
import { useLasting } from '../lib/use-lasting.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import styles from './mount-button.module.css';

/** A mount takes tenths of a second; whoever waits so long may want to stop it. And a double click stops nothing. */
const MOMENT_MS = 2_000;

const WORDS = { mount: 'Mount', unmount: 'Unmount', cancel: 'Cancel' } as const;
const LABELS = { ...WORDS, cancel: 'Cancel mounting' } as const;

export interface MountButtonProps {
  readonly job: Pick<Job, 'key' | 'name' | 'state'>;
  /** A list of many has soft ones; a page of one job a primary one. */
  readonly look?: 'primary' | 'soft';
}

export function MountButton({ job, look = 'soft' }: MountButtonProps) {
  const mounting = useAction();
  const ending = useAction();
  const givenUp = useRef(false);
  const [obstacle, setObstacle] = useState<string>();
  const name = shownName(job.name, SPOKEN_CHARACTERS);
  const moving = job.state === 'mounting' || job.state === 'unmounting';
  const mounted = job.state === 'mounted' || job.state === 'unmounting';
  const waits = useLasting(job.state === 'mounting', MOMENT_MS);

  const unmount = (force: boolean) =>
    ending.run(
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
  const mount = () => {
    givenUp.current = false;
    // That it did not come to be is no news to whoever gave it up.
    mounting.run(
      () => bridge.call('jobs.mount', { job: job.key }),
      () => givenUp.current,
    );
  };
  const giveUp = () => {
    givenUp.current = true;
    unmount(false);
  };

  const act = waits ? 'cancel' : mounted ? 'unmount' : 'mount';
  const busy = ending.busy || (act === 'mount' && mounting.busy) || (act !== 'cancel' && moving);
  return (
    <>
      <Button
        className={styles.button}
        look={act === 'mount' ? look : 'normal'}
        busy={busy}
        aria-label={`${LABELS[act]} ${name}`}
        onClick={act === 'cancel' ? giveUp : act === 'unmount' ? () => unmount(false) : mount}
      >
        {WORDS[act]}
      </Button>
      <Dialog
        open={obstacle !== undefined}
        onClose={() => setObstacle(undefined)}
        title="Something is still open"
        description={obstacle}
        actions={
          <>
            <Button onClick={() => setObstacle(undefined)}>Keep mounted</Button>
            <Button look="danger" busy={ending.busy} onClick={() => unmount(true)}>
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
