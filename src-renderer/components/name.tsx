/**
 * A name, path or address that somebody else chose: text only, isolated in its direction, clipped, controls shown. Where names
 * differ at their ends, as paths and the files of a series do, the middle is what gives way to a narrow place.
 */
import { atItsEnd, shownName } from '../lib/text.ts';
import { cx } from './cx.ts';
import styles from './name.module.css';

/** A row shows one line of it; more would only cost layout. */
const ROW_CHARACTERS = 200;

export interface NameProps {
  readonly text: string;
  /** For paths and addresses; these keep their end. */
  readonly mono?: boolean;
  readonly keepEnd?: boolean;
  readonly className?: string | undefined;
  /** May break over lines instead of being cut at one. */
  readonly wrap?: boolean;
}

export function Name({ text, mono = false, keepEnd = mono, wrap = false, className }: NameProps) {
  const shown = shownName(text, ROW_CHARACTERS);
  const parts = keepEnd && !wrap ? atItsEnd(shown) : undefined;
  return (
    <bdi
      className={cx(styles.name, mono && styles.mono, wrap && styles.wrap, className)}
      title={shownName(text)}
    >
      {parts === undefined ? (
        shown
      ) : (
        <>
          {/* The text itself is in one piece, for who listens, searches or copies; its parts are only drawn. */}
          <span className="visually-hidden">{shown}</span>
          <span className={styles.parts} data-start={parts[0]} data-end={parts[1]} aria-hidden="true" />
        </>
      )}
    </bdi>
  );
}
