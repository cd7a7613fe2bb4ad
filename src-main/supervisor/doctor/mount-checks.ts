/** Mounts of this user that nobody serves any more, or whose server hangs. No mount is looked at from this process. */
import { systemClock } from '../../engine/clock.ts';
import { ownMounts } from '../../engine/fuse/kernel/mount-table.ts';
import { shellQuoted } from '../../output/own-command.ts';
import { removeDeadMount } from '../dead-mounts.ts';
import { mountAnswer } from '../stale-mounts.ts';
import type { Check } from './check.ts';

const NAME = 'Mounts';

export async function mountChecks(): Promise<readonly Check[]> {
  if (process.platform !== 'linux') return [];
  // Of several at one place only the last can be looked at.
  const places = new Map((await ownMounts()).map((entry) => [entry.mountPoint, entry]));
  const checks = await Promise.all(
    [...places.values()].map(async ({ mountPoint, minor }): Promise<Check | undefined> => {
      switch (await mountAnswer(mountPoint, systemClock)) {
        case 'answers':
          return undefined;
        case 'dead':
          return {
            name: NAME,
            level: 'problem',
            sentence: `Whoever served ${mountPoint} is gone, and everybody who looks there gets an error.`,
            remedy: `Type: fusermount3 -u ${shellQuoted(mountPoint)}`,
            mend: async () => {
              await removeDeadMount({ mountPoint, connection: minor });
              return `Took away the dead mount at ${mountPoint}.`;
            },
          };
        case 'silent':
          return {
            name: NAME,
            level: 'problem',
            sentence: `${mountPoint} does not answer: whoever serves it hangs.`,
            remedy: `End that program; if the mount stays, type: fusermount3 -uz ${shellQuoted(mountPoint)}`,
          };
      }
    }),
  );
  const found = checks.filter((check) => check !== undefined);
  if (found.length > 0) return found;
  const sentence = places.size === 0 ? 'Nothing is mounted now.' : 'Everything that is mounted answers.';
  return [{ name: NAME, level: 'ok', sentence }];
}
