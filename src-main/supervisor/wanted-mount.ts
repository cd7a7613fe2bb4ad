/** The wish to have a job mounted, from when it is made until it is there or is given up. */
import type { MountedAt } from './dead-mounts.ts';

/** A job that is to be mounted as soon as there is an engine for it. */
export interface Wanted {
  readonly mountPoint: string;
  /** What an engine before left there. */
  left: Promise<MountedAt> | undefined;
  /** How the mount ended, where that is told before the engine's answer that it is there. */
  end: { readonly reason: string; readonly failed: boolean } | undefined;
  /** Whether it was mounted before: then nobody waits for it, and a failure is told. */
  readonly again: boolean;
  /** When an engine refused to go on with it for the first time, by the clock. */
  failingSince: number | undefined;
  readonly outcome: PromiseWithResolvers<string>;
}

export function newWanted(mountPoint: string, left: Promise<MountedAt> | undefined): Wanted {
  const outcome = Promise.withResolvers<string>();
  // Often nobody waits for it any more.
  outcome.promise.catch(() => {});
  const again = left !== undefined;
  return { mountPoint, left, end: undefined, again, failingSince: undefined, outcome };
}
