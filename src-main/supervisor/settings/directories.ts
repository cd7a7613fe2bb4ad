/**
 * Where a person's files go by the XDG Base Directory Specification. Invariant: nothing defaults to a place other users
 * share; without a home there is no default.
 */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { GhostError } from '../../engine/errors.ts';

const PRODUCT = 'orbit-ghost';

export interface Directories {
  /** Mounts and the demo. */
  readonly data: string;
  readonly cache: string;
  /** The log. */
  readonly state: string;
  /** The settings. */
  readonly config: string;
}

/** Throws ARGUMENT_INVALID when there is no home directory to derive a place from. */
export function userDirectories(environment: NodeJS.ProcessEnv = process.env, home = homedir()): Directories {
  const place = (variable: string, ...fallback: readonly string[]): string => {
    const chosen = environment[variable];
    // The specification: a relative path is invalid and ignored.
    if (chosen !== undefined && isAbsolute(chosen)) return join(chosen, PRODUCT);
    if (isAbsolute(home)) return join(home, ...fallback, PRODUCT);
    throw new GhostError(
      'ARGUMENT_INVALID',
      `There is no home directory to keep files in; set HOME, or ${variable}, to an absolute path.`,
    );
  };
  return {
    data: place('XDG_DATA_HOME', '.local', 'share'),
    cache: place('XDG_CACHE_HOME', '.cache'),
    state: place('XDG_STATE_HOME', '.local', 'state'),
    config: place('XDG_CONFIG_HOME', '.config'),
  };
}
