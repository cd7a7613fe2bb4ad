/** The switch that keeps a file, or a folder with all below it, offline, and under it how far that has come. */
import type { Job } from '../../../src-main/ipc/contract.ts';
import { bridge } from '../../bridge/bridge.ts';
import { Button } from '../../components/button.tsx';
import { Name } from '../../components/name.tsx';
import { pinText, type PinsOfJob } from '../../lib/pins.ts';
import { useAction } from '../../lib/use-action.ts';
import { navigate } from '../../stores/navigation.ts';
import styles from './keep-offline.module.css';

export interface KeepOfflineProps {
  readonly job: Job;
  /** Below the root of the job; empty: all of it. */
  readonly path: string;
  /** Undefined until it is known. */
  readonly pins: PinsOfJob | undefined;
}

export function KeepOffline({ job, path, pins }: KeepOfflineProps) {
  const { busy, run } = useAction();
  const pin = pins?.keeping(path);
  if (pin !== undefined && pin.path !== path) {
    return (
      <p className={styles.with}>
        Kept offline with
        <button
          type="button"
          className={styles.folder}
          onClick={() => navigate({ page: 'job', job: job.key, path: pin.path })}
        >
          <Name keepEnd text={pin.path === '' ? job.name : pin.path} />
        </button>
      </p>
    );
  }
  const isKept = pin !== undefined;
  return (
    <>
      <Button
        icon="pin"
        look={isKept ? 'soft' : 'normal'}
        aria-pressed={isKept}
        busy={busy || pins === undefined}
        onClick={() => run(() => bridge.call(isKept ? 'cache.unpin' : 'cache.pin', { job: job.key, path }))}
      >
        Keep offline
      </Button>
      {isKept && <p className={styles.state}>{sentence(pinText(pin))}</p>}
    </>
  );
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
