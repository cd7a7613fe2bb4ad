/** The settings as last heard. Followed while something shows them, so that it shows every change, whoever makes it. */
import { useEffect } from 'react';
import { create } from 'zustand';
import type { Settings, SettingValue } from '../../src-main/ipc/contract.ts';
import { bridge } from '../bridge/bridge.ts';
import { shareStructure } from '../lib/share-structure.ts';

interface SettingsStore {
  readonly settings: Settings | undefined;
}

const useStore = create<SettingsStore>(() => ({ settings: undefined }));

function setSettings(next: Settings): void {
  useStore.setState(({ settings }) => ({ settings: shareStructure(settings, next) }));
}

/** Undefined until the first event. */
export function useSettings(): Settings | undefined {
  useEffect(() => bridge.subscribe('settings', {}, setSettings), []);
  return useStore(({ settings }) => settings);
}

/** Resolves with all of them as they are then. Rejects with SETTING_INVALID and its sentence; nothing is changed then. */
export async function saveSettings(values: Readonly<Record<string, SettingValue>>): Promise<Settings> {
  const settings = await bridge.call('settings.set', { values: { ...values } });
  setSettings(settings);
  return settings;
}
