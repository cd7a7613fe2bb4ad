/**
 * A question or a short form above the page. Focus goes in, stays in and comes back.
 * The veil is ours: Radix's own overlay writes a style element, which the page's policy forbids.
 */
import * as Radix from '@radix-ui/react-dialog';
import { useRef, type ReactNode } from 'react';
import { Button } from './button.tsx';
import styles from './dialog.module.css';

export interface DialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: ReactNode;
  /** Says what the dialog is about; read out when it opens. */
  readonly description?: ReactNode;
  readonly children?: ReactNode;
  /** Buttons, the one that does it last. */
  readonly actions: ReactNode;
}

export function Dialog({ open, onClose, title, description, children, actions }: DialogProps) {
  const opener = useRef<HTMLElement>(null);
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <div className={styles.veil}>
          <Radix.Content
            className={styles.dialog}
            onOpenAutoFocus={(event) => {
              opener.current = focusWhatIsAsked(event);
            }}
            onCloseAutoFocus={(event) => {
              event.preventDefault();
              opener.current?.focus();
            }}
            {...(description === undefined && { 'aria-describedby': undefined })}
          >
            <header className={styles.header}>
              <Radix.Title className={styles.title}>{title}</Radix.Title>
              <Radix.Close asChild>
                {/* Without a hint: Escape would close the hint and not the dialog. */}
                <Button look="quiet" icon="close" aria-label="Close" />
              </Radix.Close>
            </header>
            {description !== undefined && (
              <Radix.Description className={styles.description}>{description}</Radix.Description>
            )}
            {children}
            <footer className={styles.actions}>{actions}</footer>
          </Radix.Content>
        </div>
      </Radix.Portal>
    </Radix.Root>
  );
}

/**
 * A form's first field, or a question's first answer, which changes nothing, gets the focus; not the button that closes.
 * Returns what had it before.
 */
function focusWhatIsAsked(event: Event): HTMLElement | null {
  const before = openerOf(document.activeElement);
  const content = event.currentTarget;
  const first =
    content instanceof Element ? content.querySelector<HTMLElement>('input, footer button') : null;
  if (first !== null) {
    event.preventDefault();
    first.focus();
  }
  return before;
}

/** The items of a menu are gone by the time the dialog closes; the menu's button is not. */
function openerOf(element: Element | null): HTMLElement | null {
  const button = element?.closest('[role="menu"]')?.getAttribute('aria-labelledby');
  if (button !== undefined && button !== null) return document.getElementById(button);
  return element instanceof HTMLElement ? element : null;
}
