/** Copies a text and says so where it was pressed. */
import { useEffect, useState } from 'react';
import { showToast } from '../stores/toasts.ts';
import { Button, IconButton } from './button.tsx';

/** Long enough to be seen, short enough to copy again. */
const SHOWN_MS = 1_600;

export interface CopyButtonProps {
  /** What it copies, for people: `Copy mount point`. */
  readonly label: string;
  /** The text, or how to get it. */
  readonly text: string | (() => Promise<string>);
  /** Shows the label beside the icon. */
  readonly wide?: boolean;
}

export function CopyButton({ label, text, wide = false }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    void copyText(text).then(
      () => setCopied(true),
      (cause: unknown) =>
        showToast({ tone: 'bad', text: cause instanceof Error ? cause.message : String(cause) }),
    );
  };
  return (
    <>
      {wide ? (
        <Button icon={copied ? 'check' : 'copy'} onClick={copy}>
          {label}
        </Button>
      ) : (
        <IconButton icon={copied ? 'check' : 'copy'} label={label} onClick={copy} />
      )}
      <span className="visually-hidden" role="status">
        {copied ? 'Copied' : ''}
      </span>
    </>
  );
}

async function copyText(text: string | (() => Promise<string>)): Promise<void> {
  const plain = typeof text === 'string' ? text : await text();
  try {
    await navigator.clipboard.writeText(plain);
  } catch (cause) {
    // The app's window grants no permission, not even this one; the older way needs none right after a click.
    if (!copiedByCommand(plain)) throw cause;
  }
}

function copiedByCommand(text: string): boolean {
  let copied = false;
  const put = (event: ClipboardEvent): void => {
    event.clipboardData?.setData('text/plain', text);
    event.preventDefault();
    copied = true;
  };
  // Before anything else hears it: a text that is selected is not what was asked for.
  document.addEventListener('copy', put, { capture: true, once: true });
  const allowed = document.execCommand('copy');
  document.removeEventListener('copy', put, { capture: true });
  return allowed && copied;
}
