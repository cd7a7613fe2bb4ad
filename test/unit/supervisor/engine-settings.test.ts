/** Which changes of the settings an engine that runs is told. */
import { expect, test } from 'vitest';
import { engineSettings, engineSettingsDiffer } from '../../../src-main/supervisor/engine-settings.ts';
import { settingsFile } from './settings/settings-fixture.ts';

test('an engine hears of other key files, and that a key is required now; never of what is in them', () => {
  const { values } = settingsFile('hmac.key-files = ["/k"]').open();
  const told = engineSettings(values, values);
  expect(told.hmacKeys).toEqual({ files: ['/k'], required: false });
  expect(engineSettingsDiffer(told, engineSettings({ ...values }, values))).toBe(false);
  for (const change of [{ hmacKeyFiles: ['/k', '/l'] }, { hmacRequired: true }]) {
    expect(engineSettingsDiffer(told, engineSettings({ ...values, ...change }, values))).toBe(true);
  }
});
