/**
 * Runs what a button asks for: busy until it is settled, one at a time, a failure becomes a message. Buttons that answer
 * some failures themselves pass `onFailure`.
 */
import { useCallback, useRef, useState } from 'react';
import { sentenceOf } from '../bridge/failure.ts';
import { showToast } from '../stores/toasts.ts';

export interface Action {
  readonly busy: boolean;
  /** `onFailure` returns true when it dealt with the failure. */
  readonly run: (work: () => Promise<unknown>, onFailure?: (cause: unknown) => boolean) => void;
}

export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const under = useRef(false);
  const run = useCallback<Action['run']>((work, onFailure) => {
    if (under.current) return;
    under.current = true;
    setBusy(true);
    void work()
      .catch((cause: unknown) => {
        if (onFailure?.(cause) !== true) showToast({ tone: 'bad', text: sentenceOf(cause) });
      })
      .finally(() => {
        under.current = false;
        setBusy(false);
      });
  }, []);
  return { busy, run };
}
