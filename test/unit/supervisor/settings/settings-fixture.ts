/** A settings file in a directory of its own, opened as a program opens it. Gone when the test ends. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Directories } from '../../../../src-main/supervisor/settings/directories.ts';
import { openSettings } from '../../../../src-main/supervisor/settings/settings.ts';
import type { SettingsOptions, SettingsStore } from '../../../../src-main/supervisor/settings/settings.ts';

export interface Fixture {
  readonly home: string;
  readonly file: string;
  readonly directories: Directories;
  readonly open: (options?: Partial<SettingsOptions>) => SettingsStore;
  readonly read: () => string;
  readonly write: (text: string) => void;
}

/** `text` undefined: there is no file yet. */
export function settingsFile(text?: string): Fixture {
  const home = mkdtempSync(join(tmpdir(), 'ghost-settings-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const at = (name: string): string => join(home, name);
  const directories = { data: at('data'), cache: at('cache'), state: at('state'), config: at('config') };
  const file = join(directories.config, 'config.toml');
  const fixture: Fixture = {
    home,
    file,
    directories,
    open(options = {}) {
      const store = openSettings({ file, env: {}, overrides: {}, directories, ...options });
      onTestFinished(() => store.close());
      return store;
    },
    read: () => readFileSync(file, 'utf8'),
    write(content) {
      mkdirSync(directories.config, { recursive: true });
      writeFileSync(file, content);
    },
  };
  if (text !== undefined) fixture.write(text);
  return fixture;
}
