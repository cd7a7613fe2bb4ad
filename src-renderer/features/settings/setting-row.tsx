/**
 * One setting: what it is called, what it does, its value, its default, and why it cannot be changed or what is wrong with it.
 * Built from the field's description alone, so a setting the program adds appears here by itself.
 */
import { useId } from 'react';
import type { ReactNode } from 'react';
import type { SettingField } from '../../../src-main/ipc/contract.ts';
import { cx } from '../../components/cx.ts';
import { describeValue, sameValue } from './field-value.ts';
import { SettingControl } from './setting-control.tsx';
import styles from './setting-row.module.css';
import { useSettingDraft } from './use-setting-draft.ts';
import type { SaveSetting } from './use-setting-draft.ts';

export interface SettingRowProps {
  readonly field: SettingField;
  readonly save: SaveSetting;
}

export function SettingRow({ field, save }: SettingRowProps): ReactNode {
  const id = useId();
  const draft = useSettingDraft(field, save);
  const isDefault = sameValue(field.value, field.default);
  return (
    <div className={styles.row}>
      <div>
        <label className={styles.label} htmlFor={id}>
          {field.label}
        </label>
        {field.help !== '' && (
          <p className={styles.help} id={`${id}-help`}>
            {field.help}
          </p>
        )}
      </div>
      <div className={styles.side}>
        <div className={styles.control}>
          <SettingControl
            draft={draft}
            field={field}
            id={id}
            describedBy={`${id}-help ${id}-notes ${id}-error`}
          />
          {field.unit !== '' && <span className={styles.unit}>{field.unit}</span>}
        </div>
        <div className={styles.notes} id={`${id}-notes`}>
          {field.unavailable !== null ? (
            <span>{field.unavailable}</span>
          ) : field.overriddenBy === null ? (
            <span>
              Default:{' '}
              <bdi className={cx(field.kind === 'choice' && styles.word)}>
                {describeValue(field, field.default)}
              </bdi>
            </span>
          ) : (
            <span className={styles.overridden}>
              Set by <bdi>{field.overriddenBy}</bdi>, which stands above the file.
            </span>
          )}
          {field.overriddenBy === null && field.unavailable === null && !isDefault && (
            <button className={styles.reset} type="button" onClick={draft.reset}>
              Reset<span className="visually-hidden"> {field.label} to the default</span>
            </button>
          )}
          {field.needsRestart && <span>Takes effect at the next start.</span>}
          <span className={styles.saved} role="status">
            {draft.saved ? 'Saved' : ''}
          </span>
        </div>
        <p className={styles.error} id={`${id}-error`} role="alert">
          {draft.error}
        </p>
      </div>
    </div>
  );
}
