/**
 * The settings, built from what the program says of them: every key of its file, in the file's order. A change is saved when it
 * is made; what is refused says so beside its field; what somebody else changes appears. A file with a mistake is told above
 * every page.
 */
import { BridgeFailure, sentenceOf } from '../../bridge/failure.ts';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Name } from '../../components/name.tsx';
import { Page } from '../../components/page.tsx';
import { Waiting } from '../../components/waiting.tsx';
import { navigate } from '../../stores/navigation.ts';
import { saveSettings, useSettings } from '../../stores/settings.ts';
import { groupFields } from './field-value.ts';
import { SettingRow } from './setting-row.tsx';
import styles from './settings-page.module.css';
import type { SaveSetting } from './use-setting-draft.ts';

/** What the cache holds is seen and cleared on a page of its own. */
const CACHE = 'cache';

const save: SaveSetting = async (key, value) => {
  try {
    const { fields } = await saveSettings({ [key]: value });
    return { value: fields.find((field) => field.key === key)?.value ?? null };
  } catch (cause) {
    const code = cause instanceof BridgeFailure ? cause.code : 'INTERNAL';
    return { problem: { code, sentence: sentenceOf(cause) } };
  }
};

export function SettingsPage() {
  const settings = useSettings();
  return (
    <Page
      title="Settings"
      subtitle={
        settings !== undefined && (
          <span className={styles.file}>
            <Name text={settings.file} mono />
            <CopyButton label="Copy the path of the settings file" text={settings.file} />
          </span>
        )
      }
    >
      {settings === undefined && <Waiting />}
      <div className={styles.groups}>
        {groupFields(settings?.fields ?? []).map(({ name, fields }) => (
          <section key={name} className={styles.group} aria-label={headingOf(name)}>
            <div className={styles.header}>
              <h2 className={styles.heading}>{headingOf(name)}</h2>
              {name === CACHE && (
                <Button onClick={() => navigate({ page: 'cache' })}>See and clear the cache</Button>
              )}
            </div>
            <div className={styles.card}>
              {fields.map((field) => (
                <SettingRow key={field.key} field={field} save={save} />
              ))}
            </div>
          </section>
        ))}
      </div>
    </Page>
  );
}

/** `cache` stands in the file; people read `Cache`. */
function headingOf(table: string): string {
  const words = table.replaceAll(/[._-]/g, ' ');
  return words === '' ? 'General' : `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
