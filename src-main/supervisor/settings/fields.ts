/**
 * Every setting, described once: the file's comments, the screen's form, the environment and the options of `up` follow
 * from this table. Invariant: a field's default is a value that its kind accepts.
 */
import { join } from 'node:path';
import {
  DEFAULT_CACHE_BYTES,
  DEFAULT_DEADLINE_MS,
  DEFAULT_MEMORY_BYTES,
  DEFAULT_MIN_FREE_BYTES,
  DEFAULT_REQUESTS_PER_SECOND,
  DEFAULT_TRANSFERS,
  MAX_REQUESTS_PER_SECOND,
  MAX_TRANSFERS,
  MIN_MEMORY_BYTES,
  MIN_TRANSFERS,
} from '../../engine/config.ts';
import { DRIVER_CHOICES } from '../../engine/fuse/select-driver.ts';
import type { SettingValue } from '../../ipc/contract.ts';
import type { Directories } from './directories.ts';
import { choice, onOff, path, paths, size, sizeLimit, wholeNumber, type Kind } from './kinds.ts';
import { LOG_LEVELS } from './log-levels.ts';
import { THEMES, type SettingName, type SettingValues } from './setting-values.ts';

const MS_PER_SECOND = 1000;
/** A day; who waits longer wants no deadline but another tool. */
const MAX_DEADLINE_S = 86_400;
const MIB = 1024 ** 2;
/** The largest block there is; less would hold nothing of some jobs. */
const MIN_CACHE_BYTES = 16 * MIB;
const MAX_PORT = 65_535;

export interface Field<T> {
  /** In the file. A dot stands between a table and its key. */
  readonly key: string;
  readonly label: string;
  /** A sentence or two. */
  readonly help: string;
  readonly type: Kind<T>;
  readonly fallback: (directories: Directories) => T;
  readonly variable: string;
  /** On the command line of `up`; undefined for what makes no sense for one run. */
  readonly option: string | undefined;
  readonly needsRestart: boolean;
}

type Fields = { readonly [Name in SettingName]: Field<SettingValues[Name]> };

/** In the order of the file: a TOML file has its tables last. */
export const FIELDS: Fields = {
  catalogues: {
    key: 'catalogues',
    label: 'Catalogues',
    help: 'Catalogues whose jobs are listed, as Magnetar files.',
    type: paths,
    fallback: () => [],
    variable: 'ORBIT_GHOST_CATALOGUES',
    option: '--catalogue <path>',
    needsRestart: false,
  },
  mountRoot: {
    key: 'mount-root',
    label: 'Mount root',
    help: 'Directory in which jobs are mounted, each in a directory of its own. Jobs that are mounted stay where they are.',
    type: path,
    fallback: ({ data }) => join(data, 'mounts'),
    variable: 'ORBIT_GHOST_MOUNT_ROOT',
    option: '--mount-root <dir>',
    needsRestart: false,
  },
  transfers: {
    key: 'transfers',
    label: 'Transfers at the same time',
    help: `How many blocks are fetched side by side, of all jobs together: ${MIN_TRANSFERS} to ${MAX_TRANSFERS}.`,
    type: wholeNumber({ min: MIN_TRANSFERS, max: MAX_TRANSFERS, unit: 'transfers' }),
    fallback: () => DEFAULT_TRANSFERS,
    variable: 'ORBIT_GHOST_TRANSFERS',
    option: '--transfers <n>',
    needsRestart: true,
  },
  memoryBytes: {
    key: 'memory',
    label: 'Memory for blocks',
    help: 'How much memory blocks may take, such as 512MiB: those on their way, those not yet written to the cache, and a few that were read last.',
    type: size(MIN_MEMORY_BYTES),
    fallback: () => DEFAULT_MEMORY_BYTES,
    variable: 'ORBIT_GHOST_MEMORY',
    option: '--memory <size>',
    needsRestart: true,
  },
  requestsPerSecond: {
    key: 'requests-per-second',
    label: 'Requests per second',
    help: `How many requests one server gets in a second at most: 1 to ${MAX_REQUESTS_PER_SECOND}. Fewer spare a server that shuts out who asks too often.`,
    type: wholeNumber({ min: 1, max: MAX_REQUESTS_PER_SECOND, unit: 'requests' }),
    fallback: () => DEFAULT_REQUESTS_PER_SECOND,
    variable: 'ORBIT_GHOST_REQUESTS_PER_SECOND',
    option: '--requests-per-second <n>',
    needsRestart: true,
  },
  deadlineMs: {
    key: 'deadline',
    label: 'Deadline of a read',
    help: 'How long one read may wait for its bytes before it fails. Holds for jobs mounted from then on.',
    type: wholeNumber({ min: 1, max: MAX_DEADLINE_S, unit: 'seconds', scale: MS_PER_SECOND }),
    fallback: () => DEFAULT_DEADLINE_MS,
    variable: 'ORBIT_GHOST_DEADLINE',
    option: '--deadline <seconds>',
    needsRestart: false,
  },
  driver: {
    key: 'driver',
    label: 'FUSE driver',
    help: 'How jobs are mounted; auto takes what works best on this system.',
    type: choice(DRIVER_CHOICES),
    fallback: () => 'auto',
    variable: 'ORBIT_GHOST_DRIVER',
    option: '--driver <name>',
    needsRestart: true,
  },
  logLevel: {
    key: 'log-level',
    label: 'Log level',
    help: 'How much is logged; each level includes those before it.',
    type: choice(LOG_LEVELS),
    fallback: () => 'info',
    variable: 'ORBIT_GHOST_LOG_LEVEL',
    option: '--log-level <level>',
    needsRestart: false,
  },
  autostart: {
    key: 'autostart',
    label: 'Start at login',
    help: 'Whether the desktop app starts when you log in.',
    type: onOff,
    fallback: () => false,
    variable: 'ORBIT_GHOST_AUTOSTART',
    option: undefined,
    needsRestart: false,
  },
  theme: {
    key: 'theme',
    label: 'Theme',
    help: 'Colours of the screen; system follows the desktop.',
    type: choice(THEMES),
    fallback: () => 'system',
    variable: 'ORBIT_GHOST_THEME',
    option: undefined,
    needsRestart: false,
  },
  cacheDirectory: {
    key: 'cache.directory',
    label: 'Cache directory',
    help: 'Where fetched blocks are kept. What an earlier directory holds stays there.',
    type: path,
    fallback: ({ cache }) => join(cache, 'blocks'),
    variable: 'ORBIT_GHOST_CACHE_DIRECTORY',
    option: '--cache-dir <dir>',
    needsRestart: true,
  },
  cacheLimitBytes: {
    key: 'cache.limit',
    label: 'Cache limit',
    help: 'How much the cache may hold, such as 20GiB; empty or none means no limit. Past it the blocks that were used longest ago make room.',
    type: sizeLimit(MIN_CACHE_BYTES),
    fallback: () => DEFAULT_CACHE_BYTES,
    variable: 'ORBIT_GHOST_CACHE_LIMIT',
    option: '--cache-limit <size>',
    needsRestart: false,
  },
  cacheMinFreeBytes: {
    key: 'cache.min-free',
    label: 'Left free on the disk',
    help: 'How much of its disk the cache leaves free, such as 5GiB; empty or none means nothing. With less free, the blocks that were used longest ago make room, and then no new ones are kept.',
    type: sizeLimit(MIB),
    fallback: () => DEFAULT_MIN_FREE_BYTES,
    variable: 'ORBIT_GHOST_CACHE_MIN_FREE',
    option: '--cache-min-free <size>',
    needsRestart: false,
  },
  hmacKeyFiles: {
    key: 'hmac.key-files',
    label: 'HMAC key files',
    help: 'Key files of jobs that were published with --hmac-key-file, or directories that hold such. The one that a job needs is found by itself; only you may be able to read it. Holds for jobs mounted from then on.',
    type: paths,
    fallback: ({ config }) => [join(config, 'keys')],
    variable: 'ORBIT_GHOST_HMAC_KEY_FILES',
    option: '--hmac-key-file <path>',
    needsRestart: false,
  },
  hmacRequired: {
    key: 'hmac.required',
    label: 'Only jobs with a key',
    help: 'Whether only jobs that were published with one of these keys are mounted. Without this, a catalogue from which somebody took the key out is mounted like one that never had one.',
    type: onOff,
    fallback: () => false,
    variable: 'ORBIT_GHOST_HMAC_REQUIRED',
    option: undefined,
    needsRestart: false,
  },
  screenPort: {
    key: 'screen.port',
    label: 'Port of the browser screen',
    help: 'Port of the screen, which only this machine reaches; 0 takes any that is free.',
    type: wholeNumber({ min: 0, max: MAX_PORT, unit: '' }),
    fallback: () => 0,
    variable: 'ORBIT_GHOST_SCREEN_PORT',
    option: '--port <n>',
    needsRestart: true,
  },
};

export const SETTING_NAMES = Object.keys(FIELDS) as readonly SettingName[];

/** The setting of a key of the file. */
export function settingOfKey(key: string): SettingName | undefined {
  return SETTING_NAMES.find((name) => FIELDS[name].key === key);
}

/** As it stands in the file and on the screen. */
export function shownDefault(name: SettingName, directories: Directories): SettingValue {
  const { type, fallback }: Field<unknown> = FIELDS[name];
  return type.show(fallback(directories));
}

/** `--cache-limit`, as people know an option. */
export function optionName({ option, key }: Pick<Field<never>, 'option' | 'key'>): string {
  return option?.split(' ')[0] ?? key;
}
