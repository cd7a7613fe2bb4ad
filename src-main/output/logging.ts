/**
 * The engine's Logger over electron-log: standard error for the person who watches, a rotated private file for the one who
 * asks later. Invariant: standard output is never touched, and a log that cannot be written costs one warning, not a mount.
 */
import { chmodSync, closeSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import log from 'electron-log/node';
import type { LogMessage } from 'electron-log';
import { lendReserve } from '../engine/descriptors.ts';
import { messageOf } from '../engine/errors.ts';
import type { Logger, LogLevel } from '../engine/log.ts';
import { makeDirectory } from '../engine/make-directory.ts';
import { printable } from './printable.ts';
import { stacksOf } from './stacks.ts';

/** In the directory of the log. */
export const LOG_FILE = 'orbit-ghost.log';
/** Some ten thousand lines; with the one rotated file beside it nobody's disk notices. Bytes. */
const MAX_FILE_BYTES = 5 * 1024 * 1024;
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

export interface LoggingOptions {
  readonly level: LogLevel;
  /** Directory of the log file; created when missing. */
  readonly directory: string;
  /** Takes one line without its end. */
  readonly write: (line: string) => void;
}

/** There is one log per process: a second call takes the first one's place. */
export function createLogging({ level, directory, write }: LoggingOptions): Logger {
  const traces = level === 'debug';
  const render = (message: LogMessage): string => renderLine(message, traces);
  const { console: internal, file } = log.transports;
  log.transports['stderr'] = Object.assign((message: LogMessage) => write(render(message)), {
    level,
    transforms: [],
  });
  // Only electron-log itself still speaks through it, when the file fails.
  internal.level = false;
  file.level = traces ? 'debug' : 'info';
  // Not used for the path, but it looks for one and fails where it finds none.
  file.setAppName('orbit-ghost');
  file.maxSize = MAX_FILE_BYTES;
  file.writeOptions = { flag: 'a', mode: FILE_MODE, encoding: 'utf8' };
  file.transforms = [({ message }) => render(message)];
  const path = join(directory, LOG_FILE);
  file.resolvePathFn = () => path;
  log.hooks = [
    (message, _transport, name) => {
      // Each line opens the file: one must be told also when there is no descriptor left.
      if (name === 'file') lendReserve();
      return message;
    },
  ];
  internal.writeFn = ({ message }) => {
    if (file.level === false) return;
    file.level = false;
    log.warn(`The log file ${path} cannot be written any more; logging goes on here alone`, message.data[1]);
  };
  try {
    prepareFile(path);
  } catch (error) {
    file.level = false;
    log.warn(`The log file ${path} cannot be written; messages appear here alone`, error);
  }
  return {
    error: (message, details) => log.error(message, details),
    warn: (message, details) => log.warn(message, details),
    info: (message, details) => log.info(message, details),
    debug: (message, details) => log.debug(message, details),
  };
}

function prepareFile(path: string): void {
  makeDirectory(dirname(path), DIRECTORY_MODE);
  closeSync(openSync(path, 'a', FILE_MODE));
  chmodSync(path, FILE_MODE);
}

/** Time, level, message and what is known beside it. `traces` adds the stacks of errors as indented lines. */
function renderLine({ date, level, data }: LogMessage, traces: boolean): string {
  const [message, details] = data as readonly unknown[];
  const told = details === undefined ? '' : `: ${described(details)}`;
  const line = `${date.toISOString()} ${level.padEnd(5)} ${printable(`${String(message)}${told}`)}`;
  return traces && details instanceof Error ? [line, ...stacksOf(details)].join('\n') : line;
}

function described(details: unknown): string {
  if (details instanceof Error || typeof details !== 'object') return messageOf(details);
  try {
    return JSON.stringify(details, (_, value: unknown) => readable(value));
  } catch {
    // A loop of references: its kind is all that can be said.
    return Object.prototype.toString.call(details);
  }
}

/** JSON would fail on the first and show nothing of the second. */
function readable(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Error ? value.message : value;
}
