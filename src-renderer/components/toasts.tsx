/** Short messages about what just happened, in a corner. Failures stay until they are closed. */
import { useToasts, dismissToast } from '../stores/toasts.ts';
import { IconButton } from './button.tsx';
import { cx } from './cx.ts';
import { Icon } from './icon.tsx';
import styles from './toasts.module.css';

export function Toasts() {
  const toasts = useToasts((store) => store.toasts);
  return (
    <section className={styles.region} aria-label="Messages">
      <ol className={styles.list} aria-live="polite" aria-relevant="additions">
        {toasts.map(({ id, tone, text }) => (
          <li key={id} className={cx(styles.toast, styles[tone])}>
            <Icon name={tone === 'good' ? 'check' : tone === 'bad' ? 'warning' : 'info'} />
            <span className={styles.text}>{text}</span>
            <IconButton icon="close" label="Dismiss message" onClick={() => dismissToast(id)} />
          </li>
        ))}
      </ol>
    </section>
  );
}
