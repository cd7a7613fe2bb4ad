/** Entry of the command line on Node 24: joins the grammar with the commands, each loaded only when it runs. */
import { EXIT_FAILED, EXIT_OK } from './failure.ts';
import { flushed, leave } from './leave.ts';
import { run } from './run.ts';

let outputLost = false;
// A closed pipe must not end a mount; who reads nothing misses nothing. A full disk loses what somebody wants to read.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (outputLost || error.code === 'EPIPE') return;
  outputLost = true;
  process.stderr.write(
    `The result cannot be written to standard output (${error.message}); what the command did stands.\n`,
  );
});
process.stderr.on('error', () => {});

const outcome = await run(
  process.argv.slice(2),
  {
    up: async (command) => await (await import('./commands/up.ts')).upCommand(command),
    down: async (command) => await (await import('./commands/down.ts')).downCommand(command),
    status: async (command) => await (await import('./commands/status.ts')).statusCommand(command),
    mountJob: async (command) => await (await import('./commands/mount-job.ts')).mountJobCommand(command),
    unmountJob: async (command) => await (await import('./commands/mount-job.ts')).unmountJobCommand(command),
    cacheStatus: async (command) =>
      await (await import('./commands/cache-status.ts')).cacheStatusCommand(command),
    cacheVerify: async (command) =>
      await (await import('./commands/cache-verify.ts')).cacheVerifyCommand(command),
    cacheClear: async (command) =>
      await (await import('./commands/cache-clear.ts')).cacheClearCommand(command),
    pin: async (command) => await (await import('./commands/pin.ts')).pinCommand(command),
    unpin: async (command) => await (await import('./commands/pin.ts')).unpinCommand(command),
    warm: async (command) => await (await import('./commands/warm.ts')).warmCommand(command),
    doctor: async (command) => await (await import('./commands/doctor.ts')).doctorCommand(command),
    open: async (command) => await (await import('./commands/open.ts')).openCommand(command),
    mount: async (command) => await (await import('./commands/mount.ts')).mountCommand(command),
    publish: async (command) => await (await import('./commands/publish.ts')).publishCommand(command),
    jobs: async (command) => await (await import('./commands/jobs.ts')).jobsCommand(command),
    demo: async (command) => await (await import('./commands/demo.ts')).demoCommand(command),
  },
  (sentence) => void process.stderr.write(`${sentence}\n`),
);
await flushed(process.stdout);
await leave(outputLost && outcome.code === EXIT_OK ? { ...outcome, code: EXIT_FAILED } : outcome);
