/**
 * A process that talks like the engine and does nothing, or misbehaves as its first argument says: `mute` is never ready,
 * `dies` ends at once, `refuses` rejects its settings, `deaf` does not obey `stop`.
 */
import type { FromEngine, ToEngine } from '../../src-main/engine/control/protocol.ts';

const [, , manner = 'obedient'] = process.argv;

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
  // Left without an answer, as by an engine that hangs.
  if (request === 'cacheReport') return;
  if (request === 'listJobs') {
    say({ id, error: { code: 'NOT_FOUND', sentence: `There is no ${input.database}.` } });
    return;
  }
  process.send?.({ id, output: request === 'cacheNamespace' ? input : undefined }, () => {
    if (request === 'stop') process.exit();
  });
});
if (manner !== 'mute') say({ event: 'ready' });
