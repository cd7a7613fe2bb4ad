/**
 * What a person is typing into one setting until it is saved or given up. Invariant: what is refused stays as it was typed,
 * beside the sentence that says why, and so does what is being typed while somebody else changes the setting; nothing is sent
 * twice.
 */
import { useRef, useState } from 'react';
import type { Problem, SettingField, SettingValue } from '../../../src-main/ipc/contract.ts';
import { readText, sameValue, textOf } from './field-value.ts';

/** What was wrong, or how the program shows what was saved. */
export type Saved = { readonly problem: Problem } | { readonly value: SettingValue };
/** Never rejects. */
export type SaveSetting = (key: string, value: SettingValue) => Promise<Saved>;

export interface SettingDraft {
  readonly text: string;
  /** Why what stands there cannot be; undefined when nothing is wrong with it. */
  readonly error: string | undefined;
  /** What was saved here is still what is set. */
  readonly saved: boolean;
  /** A key press: judged at once, sent later. */
  readonly edit: (text: string) => void;
  /** Done with it, as by Enter or by leaving the field. */
  readonly commit: (text?: string) => void;
  readonly giveUp: () => void;
  readonly reset: () => void;
}

export function useSettingDraft(field: SettingField, save: SaveSetting): SettingDraft {
  const [typed, setTyped] = useState<string>();
  const [error, setError] = useState<string>();
  const [saved, setSaved] = useState<SettingValue>();
  const sending = useRef<SettingValue>(undefined);
  const text = typed ?? textOf(field.value);

  /** `sent`: the text it was read from. What is typed meanwhile stays. */
  const send = async (value: SettingValue, sent: string): Promise<void> => {
    // Enter commits, and so does the blur that follows.
    if (sending.current !== undefined && sameValue(sending.current, value)) return;
    sending.current = value;
    const result = await save(field.key, value);
    sending.current = undefined;
    if ('problem' in result) {
      setError(result.problem.sentence);
      setSaved(undefined);
      return;
    }
    setError(undefined);
    setSaved(result.value);
    setTyped((now) => (now === sent ? undefined : now));
  };

  return {
    text,
    error,
    saved: saved !== undefined && sameValue(saved, field.value),
    edit: (next) => {
      const read = readText(field, next);
      setTyped(next);
      setSaved(undefined);
      setError(read.ok ? undefined : read.sentence);
    },
    commit: (next = text) => {
      const read = readText(field, next);
      if (!read.ok) setError(read.sentence);
      else if (sameValue(read.value, field.value)) setTyped(undefined);
      else void send(read.value, next);
    },
    giveUp: () => {
      setTyped(undefined);
      setError(undefined);
    },
    reset: () => {
      void send(null, text);
    },
  };
}
