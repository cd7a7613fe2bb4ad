/** The settings as the program uses them: checked, in the program's own units, every one with a value. */
import type { DriverChoice } from '../../engine/fuse/select-driver.ts';
import type { LogLevel } from '../../engine/log.ts';

export const THEMES = ['system', 'light', 'dark'] as const;

export interface SettingValues {
  /** Absolute paths of catalogues. */
  readonly catalogues: readonly string[];
  /** Absolute path of the directory that mount points lie in. */
  readonly mountRoot: string;
  /** Absolute path. */
  readonly cacheDirectory: string;
  /** Undefined: as much as the disk holds. */
  readonly cacheLimitBytes: number | undefined;
  /** Undefined: it may fill the disk. */
  readonly cacheMinFreeBytes: number | undefined;
  readonly transfers: number;
  /** For blocks in memory, bytes. */
  readonly memoryBytes: number;
  /** To one host. */
  readonly requestsPerSecond: number;
  readonly deadlineMs: number;
  readonly logLevel: LogLevel;
  readonly driver: DriverChoice;
  readonly autostart: boolean;
  readonly theme: (typeof THEMES)[number];
  /** Absolute paths of key files and of directories of such. */
  readonly hmacKeyFiles: readonly string[];
  readonly hmacRequired: boolean;
  /** 0: any that is free. */
  readonly screenPort: number;
}
export type SettingName = keyof SettingValues;
/** Sentences, by setting. */
export type Unavailable = Readonly<Partial<Record<SettingName, string>>>;
