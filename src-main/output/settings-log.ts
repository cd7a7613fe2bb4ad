/**
 * The log of a program whose settings change while it runs: its level follows them, and what is wrong with them stands in it,
 * each complaint once. The same with a window and without.
 */
import type { Logger, LogLevel } from '../engine/log.ts';
import { createLogging, type LoggingOptions } from './logging.ts';

/** What it needs of the settings. */
export interface LogSettings {
  readonly values: { readonly logLevel: LogLevel };
  /** Sentences about what has no effect. */
  readonly problem: string | undefined;
  onChange(listener: () => void): unknown;
}

export interface SettingsLogOptions extends Omit<LoggingOptions, 'level'> {
  readonly settings: LogSettings;
  /** In place of the level of the settings. */
  readonly level?: LogLevel | undefined;
}

export function createSettingsLog({ settings, level: fixed, ...options }: SettingsLogOptions): Logger {
  let level = fixed ?? settings.values.logLevel;
  const logger = createLogging({ ...options, level });
  let told: string | undefined;
  const tell = (): void => {
    if (settings.problem !== undefined && settings.problem !== told) logger.warn(settings.problem);
    told = settings.problem;
  };
  settings.onChange(() => {
    const wanted = fixed ?? settings.values.logLevel;
    // There is one log per process, and every logger writes to it.
    if (wanted !== level) createLogging({ ...options, level: wanted });
    level = wanted;
    tell();
  });
  tell();
  return logger;
}
