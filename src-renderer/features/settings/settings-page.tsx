/**
 * The settings, built from what the program says of them: every key of its file, in the file's order. A change is saved when it
 * is made; what is refused says so beside its field. A file with a mistake is told above every page.
 */
import { useCallback, useEffect, useState } from 'react';
import { BridgeFailure, sentenceOf } from '../../bridge/failure.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Name } from '../../components/name.tsx';
import { Page } from '../../components/page.tsx';
import { Waiting } from '../../components/waiting.tsx';
import { useConnection } from '../../stores/connection.ts';
import { loadSettings, saveSettings, useSettings } from '../../stores/settings.ts';
import { groupFields } from './field-value.ts';
import { SettingRow } from './setting-row.tsx';
import styles from './settings-page.module.css';
import type { SaveSetting } from './use-setting-draft.ts';

const save: SaveSetting = async (key, value) => {
  try {
    await saveSettings({ [key]: value });
    return undefined;
  } catch (cause) {
    return {
      code: cause instanceof BridgeFailure ? cause.code : 'INTERNAL',
      sentence: sentenceOf(cause),
    };
  }
};

export function SettingsPage() {
  const settings = useSettings((store) => store.settings);
  const connected = useConnection(({ phase }) => phase === 'open');
  const [failure, setFailure] = useState<string>();
  const load = useCallback(() => {
    void loadSettings().then(
      () => setFailure(undefined),
      (cause: unknown) => setFailure(sentenceOf(cause)),
    );
  }, []);
  // Asked again after a lost connection: the program may be another one.
  useEffect(() => {
    if (connected) load();
  }, [connected, load]);

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
      {failure !== undefined && settings === undefined && (
        <Banner tone="bad" actions={<Button onClick={load}>Try again</Button>}>
          {failure}
        </Banner>
      )}
      {failure === undefined && settings === undefined && <Waiting />}
      <div className={styles.groups}>
        {groupFields(settings?.fields ?? []).map(({ name, fields }) => (
          <section key={name} className={styles.group} aria-label={headingOf(name)}>
            <h2 className={styles.heading}>{headingOf(name)}</h2>
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
