/** A labelled input with its help and its problem. The label, help and problem are tied to it for screen readers. */
import { useId, type ComponentProps, type ReactNode } from 'react';
import { cx } from './cx.ts';
import styles from './field.module.css';

export interface FieldProps {
  readonly label: string;
  readonly help?: ReactNode;
  /** What is wrong with the value; null when nothing is. */
  readonly problem?: string | null;
  /** After the label: a unit, a badge. */
  readonly aside?: ReactNode;
  /** Renders the control with what ties it to the label. */
  readonly children: (control: FieldControl) => ReactNode;
}

export interface FieldControl {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': true | undefined;
}

export function Field({ label, help, problem, aside, children }: FieldProps) {
  const id = useId();
  const wrong = problem !== undefined && problem !== null && problem !== '';
  const described = [help !== undefined && `${id}-help`, wrong && `${id}-problem`].filter(
    (part) => part !== false,
  );
  return (
    <div className={styles.field}>
      <div className={styles.heading}>
        <label htmlFor={id} className={styles.label}>
          {label}
        </label>
        {aside}
      </div>
      {children({
        id,
        'aria-describedby': described.length > 0 ? described.join(' ') : undefined,
        'aria-invalid': wrong || undefined,
      })}
      {help !== undefined && (
        <p id={`${id}-help`} className={styles.help}>
          {help}
        </p>
      )}
      <p id={`${id}-problem`} className={styles.problem} role="status">
        {wrong ? problem : ''}
      </p>
    </div>
  );
}

export function TextInput({ className, ...rest }: ComponentProps<'input'>) {
  return (
    <input
      type="text"
      autoComplete="off"
      spellCheck={false}
      {...rest}
      className={cx(styles.input, className)}
    />
  );
}

export function Select({ className, ...rest }: ComponentProps<'select'>) {
  return <select {...rest} className={cx(styles.input, styles.select, className)} />;
}
