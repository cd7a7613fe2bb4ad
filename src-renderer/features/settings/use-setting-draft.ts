/**
 * What a person is typing into one setting until it is saved or given up. Invariant: what is refused stays as it was typed,
 * beside the sentence that says why; nothing is sent twice.
 */
import { useRef, useState } from 'react';
import type { Problem, SettingField, SettingValue } from '../../../src-main/ipc/contract.ts';
import { readText, sameValue, textOf } from './field-value.ts';

/** Resolves with what was wrong, if anything was. */
export type SaveSetting = (key: string, value: SettingValue) => Promise<Problem | undefined>;

export interface SettingDraft {
  readonly text: string;
  /** Why what stands there cannot be; undefined when nothing is wrong with it. */
  readonly error: string | undefined;
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
  const [saved, setSaved] = useState(false);
  const sending = useRef<SettingValue>(undefined);
  const text = typed ?? textOf(field.value);

  /** `sent`: the text it was read from. What is typed meanwhile stays. */
  const send = async (value: SettingValue, sent: string): Promise<void> => {
    // Enter commits, and so does the blur that follows.
    if (sending.current !== undefined && sameValue(sending.current, value)) return;
    sending.current = value;
    const problem = await save(field.key, value);
    sending.current = undefined;
    setError(problem?.sentence);
    setSaved(problem === undefined);
    if (problem === undefined) setTyped((now) => (now === sent ? undefined : now));
  };

  return {
    text,
    error,
    saved,
    edit: (next) => {
      const read = readText(field, next);
      setTyped(next);
      setSaved(false);
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
