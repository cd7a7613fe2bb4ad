/** What of the settings the engine is told. What needs a restart of the program stays as it was when the program started. */
import type { EngineSettings } from '../engine/control/protocol.ts';
import type { SettingValues } from './settings/setting-values.ts';

export function engineSettings(values: SettingValues, atStart: SettingValues): EngineSettings {
  const { cacheDirectory, transfers, memoryBytes, requestsPerSecond, driver } = atStart;
  const { cacheLimitBytes, cacheMinFreeBytes, deadlineMs, logLevel, hmacKeyFiles, hmacRequired } = values;
  return {
    cacheDirectory,
    transfers,
    memoryBytes,
    requestsPerSecond,
    driver,
    cacheLimitBytes,
    cacheMinFreeBytes,
    deadlineMs,
    logLevel,
    hmacKeys: { files: hmacKeyFiles, required: hmacRequired },
  };
}

/** Whether an engine that runs must be told. */
export function engineSettingsDiffer(a: EngineSettings, b: EngineSettings): boolean {
  return (
    a.cacheLimitBytes !== b.cacheLimitBytes ||
    a.cacheMinFreeBytes !== b.cacheMinFreeBytes ||
    a.deadlineMs !== b.deadlineMs ||
    a.logLevel !== b.logLevel ||
    a.hmacKeys?.required !== b.hmacKeys?.required ||
    a.hmacKeys?.files.join(':') !== b.hmacKeys?.files.join(':')
  );
}
