/** Entry of the command line on Node 24: joins the grammar with the commands, each loaded only when it runs. */
import { leave } from './leave.ts';
import { run } from './run.ts';

// A closed pipe or terminal must not end a mount; who reads nothing misses nothing.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

const outcome = await run(
  process.argv.slice(2),
  {
    mount: async (command) => await (await import('./commands/mount.ts')).mountCommand(command),
    publish: async (command) => await (await import('./commands/publish.ts')).publishCommand(command),
    jobs: async (command) => await (await import('./commands/jobs.ts')).jobsCommand(command),
    demo: async (command) => await (await import('./commands/demo.ts')).demoCommand(command),
  },
  (sentence) => void process.stderr.write(`${sentence}\n`),
);
await leave(outcome);
