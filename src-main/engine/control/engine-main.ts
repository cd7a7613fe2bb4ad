/**
 * Entry of the engine process: a child of the supervisor, which talks to it over Node's IPC channel. Invariant: whatever way
 * it ends its mounts are either served on by the next engine or taken away first, within a bound.
 */
import { systemClock } from '../clock.ts';
import { EngineControl } from './engine-control.ts';
import { KEEPER_ARGUMENT, KEEPER_DESCRIPTOR, type ToEngine } from './protocol.ts';
import { SupervisorChannel } from './supervisor-channel.ts';

/** An orderly end takes milliseconds, on a slow cache disk seconds; past this something hangs. */
const SHUT_DOWN_LIMIT_MS = 15_000;
/** For what was said last to leave the process. */
const FAREWELL_LIMIT_MS = 1_000;

async function leave(code: number, clean: boolean): Promise<never> {
  // A thread may be inside a system call that an orderly exit would wait for.
  if (!clean && process.platform === 'linux') (await import('../fuse/kernel/libc.ts')).exitNow(code);
  process.exit(code);
}

const channel = new SupervisorChannel();
/** Whether its mounts outlive it. */
const isKept = process.argv.includes(KEEPER_ARGUMENT);
const control = new EngineControl({
  channel,
  clock: systemClock,
  leave: (clean) => void leave(0, clean),
  keeper: isKept ? KEEPER_DESCRIPTOR : undefined,
});

let leaving = false;
/** Mounts first, whoever reads in them: nobody is left who could decide otherwise. */
async function leaveByItself(code: number): Promise<void> {
  if (leaving) return;
  leaving = true;
  systemClock.after(SHUT_DOWN_LIMIT_MS, () => void leave(code, false));
  const clean = await control.shutDown(true).catch((error: unknown) => {
    process.stderr.write(`Error: unmounting failed: ${String(error)}\n`);
    return false;
  });
  await leave(code, clean);
}

async function fail(error: unknown): Promise<void> {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${text}\n`);
  // The next engine goes on where this one stands; nobody knows what it would still do to its mounts.
  const end = isKept ? () => leave(1, false) : () => leaveByItself(1);
  systemClock.after(FAREWELL_LIMIT_MS, () => void end());
  await channel.send({ event: 'log', level: 'error', text: `The engine failed and ends: ${text}` });
  await end();
}

// A terminal sends these to the whole group; the supervisor hears them too and decides.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('disconnect', () => void leaveByItself(0));
process.on('uncaughtException', (error: unknown) => void fail(error));
process.on('message', (message) => void control.handle(message as ToEngine));
if (process.connected) void channel.send({ event: 'ready' });
else {
  process.stderr.write('Error: the engine is started by Orbit GhostFS itself, not by hand.\n');
  process.exitCode = 1;
}
