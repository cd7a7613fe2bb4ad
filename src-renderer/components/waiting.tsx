/** What a page shows until what it is about has come. What comes at once shows no flash of it. */
import styles from './waiting.module.css';

export function Waiting() {
  return (
    <p className={styles.waiting} role="status">
      One moment…
    </p>
  );
}
