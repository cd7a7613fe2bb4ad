/** A name, path or address that somebody else chose: text only, isolated in its direction, clipped, controls shown. */
import { shownName } from '../lib/text.ts';
import { cx } from './cx.ts';
import styles from './name.module.css';

/** A row shows one line of it; more would only cost layout. */
const ROW_CHARACTERS = 200;

export interface NameProps {
  readonly text: string;
  readonly mono?: boolean;
  readonly className?: string | undefined;
  /** May break over lines instead of being cut at one. */
  readonly wrap?: boolean;
}

export function Name({ text, mono = false, wrap = false, className }: NameProps) {
  return (
    <bdi
      className={cx(styles.name, mono && styles.mono, wrap && styles.wrap, className)}
      title={shownName(text)}
    >
      {shownName(text, ROW_CHARACTERS)}
    </bdi>
  );
}
