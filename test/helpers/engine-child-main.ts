/**
 * A process that talks like the engine and does nothing, or misbehaves as its first argument says: `mute` is never ready,
 * `dies` ends at once, `refuses` rejects its settings, `deaf` does not obey `stop`, `stuck` reads the file of its second
 * argument when it is paused, past the page cache, so that not even SIGKILL ends it while that file gives no answer.
 */
import { constants, openSync, readSync } from 'node:fs';
import type { FromEngine, ToEngine } from '../../src-main/engine/control/protocol.ts';

const [, , manner = 'obedient', file = ''] = process.argv;

function say(message: FromEngine): void {
  process.send?.(message);
}

if (manner === 'dies') {
  process.stderr.write('Error: there is something wrong with it\n');
  process.exit(3);
}
process.on('disconnect', () => process.exit());
process.on('message', ({ id, request, input }: ToEngine) => {
  if (request === 'configure' && manner === 'refuses') {
    say({ id, error: { code: 'CACHE_BUSY', sentence: 'Another one has the cache.' } });
    return;
  }
  if (request === 'stop' && manner === 'deaf') return;
  if (request === 'setPaused' && manner === 'stuck') {
    readSync(openSync(file, constants.O_RDONLY | constants.O_DIRECT), Buffer.alloc(4096));
  }
  // Left without an answer, as by an engine that hangs.
  if (request === 'cacheReport' || request === 'mount') return;
  if (request === 'listJobs') {
    say({ id, error: { code: 'NOT_FOUND', sentence: `There is no ${input.database}.` } });
    return;
  }
  process.send?.({ id, output: request === 'cacheNamespace' ? input : undefined }, () => {
    if (request === 'stop') process.exit();
  });
});
if (manner !== 'mute') say({ event: 'ready' });
