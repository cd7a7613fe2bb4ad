/** Options that several commands share, each described once. The values are checked by values.ts. */
import { Option } from 'commander';
import { DRIVER_CHOICES } from '../engine/fuse/select-driver.ts';
import type { LogLevel } from '../engine/log.ts';
import { LOG_LEVELS } from '../supervisor/settings/log-levels.ts';
import { appended, nonEmpty, oneOf, parseBlockSize } from './values.ts';

const DEFAULT_LOG_LEVEL: LogLevel = 'info';

export function requiredDatabaseOption(description: string): Option {
  return new Option('-d, --database <path>', `${description} (required)`)
    .argParser(nonEmpty('--database'))
    .makeOptionMandatory();
}

export function sourceOption(description: string): Option {
  return new Option('--source <uri>', description).argParser(appended('--source'));
}

export function blockSizeOption(description: string): Option {
  return new Option('--block-size <size>', description).argParser(parseBlockSize);
}

/** The variable names the file, as the option does; a key itself is in neither. */
export function hmacKeyOption(description: string): Option {
  const named = process.env['ORBIT_GHOST_HMAC_KEY_FILE'];
  const option = new Option(
    '--hmac-key-file <file>',
    `${description}. The variable ORBIT_GHOST_HMAC_KEY_FILE may name it instead`,
  ).argParser(nonEmpty('--hmac-key-file'));
  return named === undefined || named === '' ? option : option.default(named);
}

export function driverOption(): Option {
  return new Option('--driver <name>', `how to mount: ${DRIVER_CHOICES.join(', ')}`)
    .argParser(oneOf('--driver', DRIVER_CHOICES))
    .default('auto', 'auto');
}

export function logLevelOption(level = DEFAULT_LOG_LEVEL): Option {
  return new Option(
    '--log-level <level>',
    `what goes to standard error: ${LOG_LEVELS.join(', ')}; debug shows where in the code errors come from`,
  )
    .argParser(oneOf('--log-level', LOG_LEVELS))
    .default(level, level);
}

/** For commands that log nothing; `run` reads it from the raw arguments. */
export function traceOption(): Option {
  return new Option(
    '--log-level <level>',
    `debug shows where in the code a failure comes from; the others (${LOG_LEVELS.filter((level) => level !== 'debug').join(', ')}) change nothing here`,
  ).argParser(oneOf('--log-level', LOG_LEVELS));
}
