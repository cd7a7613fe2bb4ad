/** The settings as the program describes them, asked for when a page needs them and after each change. */
import { create } from 'zustand';
import type { Settings, SettingValue } from '../../src-main/ipc/contract.ts';
import { bridge } from '../bridge/bridge.ts';

interface SettingsStore {
  readonly settings: Settings | undefined;
}

export const useSettings = create<SettingsStore>(() => ({ settings: undefined }));

/** Rejects with the reason when the program cannot tell. */
export async function loadSettings(): Promise<void> {
  useSettings.setState({ settings: await bridge.call('settings.get', {}) });
}

/** Rejects with SETTING_INVALID and its sentence; nothing is changed then. */
export async function saveSettings(values: Readonly<Record<string, SettingValue>>): Promise<void> {
  useSettings.setState({ settings: await bridge.call('settings.set', { values: { ...values } }) });
}
