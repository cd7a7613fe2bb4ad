/** Holds a screen in a moment that is over too soon to be looked at: between an engine that was killed and the next. */
import { until } from '../helpers/system-until.ts';
import type { RunningProgram } from './running-program.ts';

/** Kills the engine and stops the next one before it is ready; the returned function lets that go on. */
export async function holdRestart(program: RunningProgram): Promise<() => void> {
  const killed = await program.enginePid();
  process.kill(killed, 'SIGKILL');
  let next = killed;
  await until('the next engine', async () => {
    next = await program.enginePid();
    return next !== killed;
  });
  process.kill(next, 'SIGSTOP');
  return () => process.kill(next, 'SIGCONT');
}
