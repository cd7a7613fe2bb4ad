/** What is kept offline over all jobs, how far it has come, and the way to give it up. */
import type { Pin } from '../../../src-main/ipc/contract.ts';
import { bridge } from '../../bridge/bridge.ts';
import { Button } from '../../components/button.tsx';
import { Name } from '../../components/name.tsx';
import { Progress } from '../../components/progress.tsx';
import { formatBytes, formatPercent, share } from '../../lib/format.ts';
import { pinText } from '../../lib/pins.ts';
import { shownName, SPOKEN_CHARACTERS, visibleText } from '../../lib/text.ts';
import { useAction } from '../../lib/use-action.ts';
import styles from './cache-rows.module.css';

export function PinList({ pins }: { readonly pins: readonly Pin[] }) {
  return (
    <ul className={styles.list} aria-label="Kept offline">
      {pins.map((pin) => (
        <PinRow key={`${pin.namespace}/${pin.path}`} pin={pin} />
      ))}
    </ul>
  );
}

function PinRow({ pin }: { readonly pin: Pin }) {
  const { namespace, name, path, bytes, cachedBytes } = pin;
  const { busy, run } = useAction();
  const title = path === '' ? name : path;
  const spoken = shownName(title, SPOKEN_CHARACTERS);
  const percent = formatPercent(cachedBytes, bytes);
  return (
    <li className={styles.row}>
      <div className={styles.name}>
        <Name keepEnd text={title} />
        <span className={styles.quiet}>
          {path !== '' && (
            <>
              <Name text={name} />
              {': '}
            </>
          )}
          {visibleText(pinText(pin))}
        </span>
      </div>
      <div className={styles.share}>
        <Progress
          meter
          label={`Cached of ${spoken}`}
          value={bytes === 0 ? 1 : share(cachedBytes, bytes)}
          tone={pin.state === 'waiting' ? 'warn' : 'accent'}
          text={percent}
        />
        <span className={styles.percent}>{percent}</span>
      </div>
      <span className={styles.bytes}>{formatBytes(cachedBytes)}</span>
      <Button
        className={styles.clear}
        aria-label={`Unpin ${spoken}`}
        busy={busy}
        onClick={() => run(() => bridge.call('cache.unpin', { namespace, path }))}
      >
        Unpin
      </Button>
    </li>
  );
}
