/** The control for a setting's kind. Text is saved by Enter or by leaving it, given up by Escape; the others save at once. */
import type { KeyboardEvent, ReactNode } from 'react';
import type { SettingField } from '../../../src-main/ipc/contract.ts';
import { cx } from '../../components/cx.ts';
import styles from './setting-row.module.css';
import type { SettingDraft } from './use-setting-draft.ts';

export interface SettingControlProps {
  readonly id: string;
  readonly describedBy: string;
  readonly field: SettingField;
  readonly draft: SettingDraft;
}

// A list of one catalogue is the usual case; more lines than this scroll.
const MIN_LINES = 2;
const MAX_LINES = 8;

export function SettingControl({ id, describedBy, field, draft }: SettingControlProps): ReactNode {
  const common = {
    id,
    disabled: field.overriddenBy !== null || field.unavailable !== null,
    'aria-describedby': describedBy,
    'aria-invalid': draft.error !== undefined,
  };
  switch (field.kind) {
    case 'switch':
      return (
        <input
          {...common}
          className={styles.switch}
          type="checkbox"
          role="switch"
          checked={draft.text === 'true'}
          aria-checked={draft.text === 'true'}
          onChange={({ target }) => {
            draft.commit(String(target.checked));
          }}
        />
      );
    case 'choice':
      return (
        <select
          {...common}
          className={cx(styles.input, styles.choice)}
          value={draft.text}
          onChange={({ target }) => {
            draft.commit(target.value);
          }}
        >
          {field.choices.map((choice) => (
            <option key={choice} value={choice}>
              {choice}
            </option>
          ))}
        </select>
      );
    case 'paths':
      return (
        <textarea
          {...common}
          className={cx(styles.input, styles.wide, styles.path)}
          rows={Math.min(MAX_LINES, Math.max(MIN_LINES, draft.text.split('\n').length))}
          spellCheck={false}
          placeholder="One path a line"
          value={draft.text}
          {...typing(draft, ({ ctrlKey, metaKey }) => ctrlKey || metaKey)}
        />
      );
    case 'path':
    case 'size':
    case 'integer':
      return (
        <input
          {...common}
          className={cx(styles.input, field.kind === 'path' ? cx(styles.wide, styles.path) : styles.number)}
          inputMode={field.kind === 'integer' ? 'numeric' : 'text'}
          spellCheck={false}
          autoComplete="off"
          placeholder={field.kind === 'size' ? 'no limit' : ''}
          value={draft.text}
          {...typing(draft, () => true)}
        />
      );
  }
}

type Typing<Element> = {
  readonly onChange: (event: { readonly target: { readonly value: string } }) => void;
  readonly onBlur: () => void;
  readonly onKeyDown: (event: KeyboardEvent<Element>) => void;
};

/** `commits`: whether an Enter is meant to save and not to begin a line. */
function typing<Element>(
  draft: SettingDraft,
  commits: (event: KeyboardEvent<Element>) => boolean,
): Typing<Element> {
  return {
    onChange: ({ target }) => {
      draft.edit(target.value);
    },
    onBlur: () => {
      draft.commit();
    },
    onKeyDown: (event) => {
      if (event.key === 'Escape') draft.giveUp();
      else if (event.key === 'Enter' && commits(event)) draft.commit();
    },
  };
}
