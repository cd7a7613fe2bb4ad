/** The buttons. One primary per view at most; a busy one keeps its width, stays focusable and does nothing. */
import type { ComponentProps } from 'react';
import styles from './button.module.css';
import { cx } from './cx.ts';
import { Icon, type IconName } from './icon.tsx';
import { Hint } from './hint.tsx';

export interface ButtonProps extends Omit<ComponentProps<'button'>, 'type'> {
  readonly look?: 'primary' | 'soft' | 'normal' | 'quiet' | 'danger';
  readonly icon?: IconName;
  readonly busy?: boolean;
  readonly submit?: boolean;
}

export function Button(props: ButtonProps) {
  const {
    look = 'normal',
    icon,
    busy = false,
    submit = false,
    className,
    children,
    onClick,
    ...rest
  } = props;
  return (
    <button
      {...rest}
      type={submit ? 'submit' : 'button'}
      className={cx(styles.button, styles[look], busy && styles.busy, className)}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Omit<ButtonProps, 'children' | 'icon' | 'title'> {
  readonly icon: IconName;
  /** Its name for a screen reader, and the hint for everybody else. */
  readonly label: string;
}

export function IconButton({ icon, label, className, look = 'quiet', ...rest }: IconButtonProps) {
  return (
    <Hint text={label}>
      <Button {...rest} look={look} className={cx(styles.square, className)} aria-label={label}>
        <Icon name={icon} />
      </Button>
    </Hint>
  );
}
