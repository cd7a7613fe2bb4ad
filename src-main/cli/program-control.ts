/** The grammar of the commands that start a running program and talk to it. Nothing of what they do. */
import { Option, type Command } from 'commander';
import type { CacheClearCommand } from './commands/cache-clear.ts';
import type { CacheStatusCommand } from './commands/cache-status.ts';
import type { CacheVerifyCommand } from './commands/cache-verify.ts';
import type { DoctorCommand } from './commands/doctor.ts';
import type { DownCommand } from './commands/down.ts';
import type { MountJobCommand, UnmountJobCommand } from './commands/mount-job.ts';
import type { OpenCommand } from './commands/open.ts';
import type { StatusCommand } from './commands/status.ts';
import type { UpCommand } from './commands/up.ts';
import { UsageError } from './failure.ts';
import { subcommand, unknownCommand } from './grammar.ts';
import type { Outcome } from './leave.ts';
import { traceOption } from './options.ts';
import { addPins, type PinHandlers } from './program-pins.ts';
import { overridesOf, settingOptions } from './setting-options.ts';
import { nonEmpty } from './values.ts';

export interface ControlHandlers extends PinHandlers {
  up(command: UpCommand): Promise<Outcome>;
  down(command: DownCommand): Promise<Outcome>;
  status(command: StatusCommand): Promise<Outcome>;
  mountJob(command: MountJobCommand): Promise<Outcome>;
  unmountJob(command: UnmountJobCommand): Promise<Outcome>;
  cacheStatus(command: CacheStatusCommand): Promise<Outcome>;
  cacheClear(command: CacheClearCommand): Promise<Outcome>;
  cacheVerify(command: CacheVerifyCommand): Promise<Outcome>;
  doctor(command: DoctorCommand): Promise<Outcome>;
  open(command: OpenCommand): Promise<Outcome>;
}

type Done = (outcome: Outcome) => void;

const JOB_HELP = 'its number, its name, or its key as "orbit-ghost status" shows them';

export function addControl(program: Command, handlers: ControlHandlers, done: Done): void {
  addUp(program, handlers, done);
  addDown(program, handlers, done);
  addStatus(program, handlers, done);
  addMountJob(program, handlers, done);
  addUnmountJob(program, handlers, done);
  addCache(program, handlers, done);
  addPins(program, handlers, done);
  addOpen(program, handlers, done);
  addDoctor(program, handlers, done);
}

function addUp(program: Command, handlers: ControlHandlers, done: Done): void {
  const command = subcommand(program, 'up')
    .summary('start the program, with its screen in the browser')
    .description(
      'Starts Orbit GhostFS without a window: it lists the jobs of your catalogues, mounts them when asked, and shows a screen in the browser. Its settings are in $XDG_CONFIG_HOME/orbit-ghost/config.toml or ~/.config/orbit-ghost/config.toml; the options below stand above them for this run. Ctrl-C unmounts everything and ends it.',
    );
  for (const option of settingOptions()) command.addOption(option);
  command
    .addOption(new Option('--no-screen', 'serve no screen').conflicts('port'))
    .option('--demo', 'make an example catalogue if it is missing, add it for this run, and say what to try')
    .action(async (flags: Readonly<Record<string, unknown>>) => {
      const screen = flags['screen'] !== false;
      done(await handlers.up({ overrides: overridesOf(flags), screen, demo: flags['demo'] === true }));
    });
}

function addDown(program: Command, handlers: ControlHandlers, done: Done): void {
  subcommand(program, 'down')
    .summary('unmount everything and end the running program')
    .description('Unmounts everything and ends the program that "orbit-ghost up" or the desktop app started.')
    .option('--force', 'also while files are open in a mount; whoever reads them gets an error')
    .addOption(traceOption())
    .action(async ({ force = false }: { readonly force?: boolean }) => {
      done(await handlers.down({ force }));
    });
}

function addStatus(program: Command, handlers: ControlHandlers, done: Done): void {
  subcommand(program, 'status')
    .summary('show the jobs and what is going on')
    .description(
      'Shows the state of the running program and of each job. Exit code 3 means that it is not running.',
    )
    .option('--json', 'print JSON instead of text')
    .addOption(traceOption())
    .action(async ({ json = false }: { readonly json?: boolean }) => {
      done(await handlers.status({ json }));
    });
}

function addMountJob(program: Command, handlers: ControlHandlers, done: Done): void {
  subcommand(program, 'mount')
    .summary('mount a job')
    .description('Mounts a job in the running program and prints where.')
    .argument('<job>', JOB_HELP)
    .addOption(
      new Option(
        '-m, --mount-point <dir>',
        'where to mount; created when missing (default: below the mount root)',
      ).argParser(nonEmpty('--mount-point')),
    )
    .addOption(traceOption())
    .action(async (job: string, { mountPoint }: { readonly mountPoint?: string }) => {
      done(await handlers.mountJob({ job, mountPoint }));
    });
}

function addUnmountJob(program: Command, handlers: ControlHandlers, done: Done): void {
  subcommand(program, 'unmount')
    .summary('unmount a job')
    .description('Unmounts a job of the running program.')
    .argument('<job>', JOB_HELP)
    .option('--force', 'also while files are open in it; whoever reads them gets an error')
    .addOption(traceOption())
    .action(async (job: string, { force = false }: { readonly force?: boolean }) => {
      done(await handlers.unmountJob({ job, force }));
    });
}

function addCache(program: Command, handlers: ControlHandlers, done: Done): void {
  const cache = subcommand(program, 'cache')
    .summary('show, verify or clear the block cache')
    .description('Shows, verifies or clears the cache of fetched blocks of the running program.')
    .usage('status|verify|clear [options]')
    .helpCommand(false)
    .allowExcessArguments()
    .action((_, command: Command) => {
      const [unknown] = command.args;
      if (unknown !== undefined) throw unknownCommand(command, unknown);
      throw new UsageError(
        'Say what to do with the cache: "orbit-ghost cache status", "orbit-ghost cache verify" or "orbit-ghost cache clear".',
      );
    });
  subcommand(cache, 'status')
    .summary('show what the cache holds')
    .description('Shows how much the cache holds, of how much, and of which jobs.')
    .option('--json', 'print JSON instead of text')
    .addOption(traceOption())
    .action(async ({ json = false }: { readonly json?: boolean }) => {
      done(await handlers.cacheStatus({ json }));
    });
  subcommand(cache, 'verify')
    .summary('compare every cached block with its digest')
    .description(
      'Compares every cached block with its digest, also while jobs are mounted, and removes those that are wrong: they are fetched again when somebody reads them. Works without a running program, too, when no other uses the cache. Exit code 1 means that some were wrong.',
    )
    .addOption(
      new Option(
        '-c, --cache-dir <dir>',
        "the cache of a program that does not run (default: the settings' cache directory)",
      ).argParser(nonEmpty('--cache-dir')),
    )
    .addOption(traceOption())
    .action(async ({ cacheDir }: { readonly cacheDir?: string }) => {
      done(await handlers.cacheVerify({ directory: cacheDir }));
    });
  subcommand(cache, 'clear')
    .summary('delete cached blocks')
    .description(
      'Deletes cached blocks; they are fetched again when somebody reads them. What is in use stays. Asks first; without a terminal --yes must be given.',
    )
    .addOption(new Option('--job <job>', `of one job alone: ${JOB_HELP}`).argParser(nonEmpty('--job')))
    .option('--yes', 'do not ask')
    .addOption(traceOption())
    .action(async ({ job, yes = false }: { readonly job?: string; readonly yes?: boolean }) => {
      done(await handlers.cacheClear({ job, yes }));
    });
}

function addOpen(program: Command, handlers: ControlHandlers, done: Done): void {
  subcommand(program, 'open')
    .summary('open the screen in the browser')
    .description(
      'Prints the address of the screen and opens it in the browser where there is a display. The address lets whoever has it in: keep it to yourself.',
    )
    .option('--print', 'only print it')
    .addOption(traceOption())
    .action(async ({ print = false }: { readonly print?: boolean }) => {
      done(await handlers.open({ print }));
    });
}

interface DoctorFlags {
  readonly fix?: boolean;
  readonly json?: boolean;
  readonly bundle?: string | true;
}

function addDoctor(program: Command, handlers: ControlHandlers, done: Done): void {
  subcommand(program, 'doctor')
    .summary('look for what is in the way, and say what to do')
    .description(
      'Looks at everything that mounting and reading need: FUSE, mounts left behind, cache, catalogues, sources, clock. The running program looks where there is one, else this command. Exit code 1 means that there is a problem; warnings alone give 0.',
    )
    .option('--fix', 'mend what can be mended without deleting data, and say what was done')
    .option('--json', 'print JSON instead of text')
    .addOption(
      new Option(
        '--bundle [file]',
        'write a support bundle (tar.gz) without names, paths, addresses and keys (default: orbit-ghost-support-TIME.tar.gz in the current directory)',
      ),
    )
    .addOption(traceOption())
    .action(async ({ fix = false, json = false, bundle }: DoctorFlags) => {
      const file = typeof bundle === 'string' ? nonEmpty('--bundle')(bundle) : bundle;
      done(await handlers.doctor({ fix, json, bundle: file }));
    });
}
