/**
 * The grammar of the command line: commands, options, defaults and help, and nothing of what they do. Invariant: a handler
 * is called only with values that were checked.
 */
import { Command, Option } from 'commander';
import {
  DEFAULT_CACHE_BYTES,
  DEFAULT_DEADLINE_MS,
  DEFAULT_MEMORY_BYTES,
  DEFAULT_MIN_FREE_BYTES,
  DEFAULT_REQUESTS_PER_SECOND,
  DEFAULT_TRANSFERS,
  MAX_TRANSFERS,
  MIN_TRANSFERS,
} from '../engine/config.ts';
import type { DriverChoice } from '../engine/fuse/select-driver.ts';
import type { DemoCommand } from './commands/demo.ts';
import type { JobsCommand } from './commands/jobs.ts';
import type { MountCommand } from './commands/mount.ts';
import type { PublishCommand } from './commands/publish.ts';
import { UsageError } from './failure.ts';
import { misuse, subcommand, unknownCommand } from './grammar.ts';
import type { Outcome } from './leave.ts';
import type { LogLevel } from '../engine/log.ts';
import {
  blockSizeOption,
  driverOption,
  hmacKeyOption,
  logLevelOption,
  requiredDatabaseOption,
  sourceOption,
  traceOption,
} from './options.ts';
import { productVersion } from './product-version.ts';
import { addControl, type ControlHandlers } from './program-control.ts';
import { formatSize } from '../supervisor/settings/sizes.ts';
import {
  nonEmpty,
  parseDeadline,
  parseJobId,
  parseMemory,
  parseRequestsPerSecond,
  parseSizeLimit,
  parseTransfers,
  type SizeLimit,
} from './values.ts';

export interface Handlers extends ControlHandlers {
  mount(command: MountCommand): Promise<Outcome>;
  publish(command: PublishCommand): Promise<Outcome>;
  jobs(command: JobsCommand): Promise<Outcome>;
  demo(command: DemoCommand): Promise<Outcome>;
}

const DEFAULT_DATABASE = 'magnetar.db';

const EXAMPLES = `
Examples:
  orbit-ghost up --demo
  orbit-ghost publish ~/Pictures -d magnetar.db
  orbit-ghost jobs -d magnetar.db
  orbit-ghost --job-id 1 -d magnetar.db -m ~/ghost
  orbit-ghost demo`;

/** `done` takes the outcome of the command that ran; help and version run none. */
export function buildProgram(handlers: Handlers, done: (outcome: Outcome) => void): Command {
  const program = new Command('orbit-ghost')
    .description(
      'Mounts a job of a catalogue as a read-only directory. Its files are there at once; a block of a file is fetched when it is first read.',
    )
    .usage('--job-id ID [options]')
    .version(productVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride(misuse('orbit-ghost'))
    .configureOutput({ outputError: () => {} })
    .enablePositionalOptions()
    // The parser's own takes an unknown command for none.
    .helpCommand(false)
    // Told apart below, with a better sentence than "too many arguments".
    .allowExcessArguments();
  addMountForm(program, handlers, done);
  addControl(program, handlers, done);
  addPublish(program, handlers, done);
  addJobs(program, handlers, done);
  addDemo(program, handlers, done);
  addHelp(program);
  program.addHelpText('after', EXAMPLES);
  program.hook('preSubcommand', (_, subcommand) => {
    const misplaced = program.options.find(
      (option) => program.getOptionValueSource(option.attributeName()) === 'cli',
    );
    if (misplaced === undefined) return;
    throw new UsageError(
      `${misplaced.long ?? misplaced.flags} stands before the command ${subcommand.name()} and would have no effect; write options after the command.`,
    );
  });
  return program;
}

interface MountFlags {
  readonly jobId?: number;
  readonly database: string;
  readonly mountPoint?: string;
  readonly cacheDir?: string;
  readonly cache: boolean;
  readonly cacheLimit: SizeLimit;
  readonly cacheMinFree: SizeLimit;
  readonly source?: readonly string[];
  readonly driver: DriverChoice;
  readonly blockSize?: number;
  readonly hmacKeyFile?: string;
  readonly allowOther?: boolean;
  readonly transfers: number;
  readonly memory: number;
  readonly requestsPerSecond: number;
  readonly deadline: number;
  readonly logLevel: LogLevel;
}

function addMountForm(program: Command, handlers: Handlers, done: (outcome: Outcome) => void): void {
  program
    .addOption(new Option('-j, --job-id <id>', 'job to mount (required)').argParser(parseJobId))
    .addOption(
      new Option('-d, --database <path>', 'catalogue')
        .argParser(nonEmpty('--database'))
        .default(DEFAULT_DATABASE, `${DEFAULT_DATABASE} in the current directory`),
    )
    .addOption(
      new Option(
        '-m, --mount-point <dir>',
        'where to mount; created when missing (default: mounts/job-ID in $XDG_DATA_HOME/orbit-ghost or ~/.local/share/orbit-ghost)',
      ).argParser(nonEmpty('--mount-point')),
    )
    .addOption(
      new Option(
        '-c, --cache-dir <dir>',
        'where fetched blocks are kept; one process at a time (default: blocks in $XDG_CACHE_HOME/orbit-ghost or ~/.cache/orbit-ghost)',
      ).argParser(nonEmpty('--cache-dir')),
    )
    .addOption(new Option('--no-cache', 'keep no blocks on disk').conflicts('cacheDir'))
    .addOption(
      new Option('--cache-limit <size>', 'how much the cache may hold, such as 20GiB, or none')
        .argParser(parseSizeLimit('cacheLimitBytes', '--cache-limit'))
        .default({ bytes: DEFAULT_CACHE_BYTES }, formatSize(DEFAULT_CACHE_BYTES)),
    )
    .addOption(
      new Option('--cache-min-free <size>', 'how much of its disk the cache leaves free, or none')
        .argParser(parseSizeLimit('cacheMinFreeBytes', '--cache-min-free'))
        .default({ bytes: DEFAULT_MIN_FREE_BYTES }, formatSize(DEFAULT_MIN_FREE_BYTES)),
    )
    .addOption(
      sourceOption("take bytes from here instead of the catalogue's sources; repeat for more, best first"),
    )
    .addOption(driverOption())
    .addOption(
      blockSizeOption("bytes per block, as a number or like 64KiB, 1M (default: the job's own, else 1MiB)"),
    )
    .addOption(
      hmacKeyOption(
        'mount only if the job was published with the key in this file and nobody changed its catalogue since (default: the key is looked for in keys/ in $XDG_CONFIG_HOME/orbit-ghost or ~/.config/orbit-ghost if the job needs one)',
      ),
    )
    .option('--allow-other', 'let other users read the mount too')
    .addOption(
      new Option('--transfers <n>', `transfers at the same time, ${MIN_TRANSFERS} to ${MAX_TRANSFERS}`)
        .argParser(parseTransfers)
        .default(DEFAULT_TRANSFERS),
    )
    .addOption(
      new Option('--memory <size>', 'how much memory blocks may take')
        .argParser(parseMemory)
        .default(DEFAULT_MEMORY_BYTES, formatSize(DEFAULT_MEMORY_BYTES)),
    )
    .addOption(
      new Option('--requests-per-second <n>', 'how many requests one server gets in a second at most')
        .argParser(parseRequestsPerSecond)
        .default(DEFAULT_REQUESTS_PER_SECOND),
    )
    .addOption(
      new Option('--deadline <seconds>', 'how long one read may wait before it fails')
        .argParser(parseDeadline)
        .default(DEFAULT_DEADLINE_MS, String(DEFAULT_DEADLINE_MS / 1000)),
    )
    .addOption(logLevelOption())
    .action(async (flags: MountFlags, command: Command) => {
      const [unknown] = command.args;
      if (unknown !== undefined) {
        throw unknownCommand(program, unknown);
      }
      if (flags.jobId === undefined) {
        throw new UsageError(
          'No job is named; write --job-id ID ("orbit-ghost jobs -d PATH" lists them), or see "orbit-ghost --help".',
        );
      }
      done(
        await handlers.mount({
          jobId: flags.jobId,
          database: flags.database,
          mountPoint: flags.mountPoint,
          cache: flags.cache ? flags.cacheDir : false,
          cacheLimitBytes: flags.cacheLimit.bytes,
          cacheMinFreeBytes: flags.cacheMinFree.bytes,
          sources: flags.source ?? [],
          driver: flags.driver,
          blockSize: flags.blockSize,
          hmacKeyFile: flags.hmacKeyFile,
          allowOther: flags.allowOther ?? false,
          transfers: flags.transfers,
          memoryBytes: flags.memory,
          requestsPerSecond: flags.requestsPerSecond,
          deadlineMs: flags.deadline,
          logLevel: flags.logLevel,
        }),
      );
    });
}

interface PublishFlags {
  readonly hmacKeyFile?: string;
  readonly database: string;
  readonly name?: string;
  readonly blockSize?: number;
  readonly source?: readonly string[];
  readonly json?: boolean;
}

function addPublish(program: Command, handlers: Handlers, done: (outcome: Outcome) => void): void {
  subcommand(program, 'publish')
    .summary('add a tree of files to a catalogue as a job')
    .description(
      'Reads a tree of files and adds it to a catalogue as a job: names, sizes, times and a SHA-256 digest of every block. Nothing is copied.',
    )
    .argument('<directory>', 'directory, or file:, http: or https: URL of one')
    .addOption(requiredDatabaseOption('catalogue; created when missing'))
    .addOption(
      new Option('--name <name>', "name of the job (default: the directory's name)").argParser(
        nonEmpty('--name'),
      ),
    )
    .addOption(
      blockSizeOption(
        'bytes per block, as a number or like 64KiB, 1M: a power of two from 64KiB to 16MiB (default: 1MiB)',
      ),
    )
    .addOption(
      sourceOption(
        'where readers will find the bytes; repeat for more, best first (default: where they are now)',
      ),
    )
    .addOption(
      hmacKeyOption(
        'write an HMAC of every block under the key in this file, and of the tree, so that whoever mounts it with the same key notices when the catalogue or a source was tampered with. Make a key with: (umask 077; head -c 32 /dev/urandom > FILE)',
      ),
    )
    .option('--json', 'print {"jobId":...,"files":...,"bytes":...} instead of a sentence')
    .addOption(traceOption())
    .action(async (directory: string, flags: PublishFlags) => {
      done(
        await handlers.publish({
          directory: nonEmpty('The directory to publish')(directory),
          database: flags.database,
          name: flags.name,
          blockSize: flags.blockSize,
          sources: flags.source ?? [],
          hmacKeyFile: flags.hmacKeyFile,
          json: flags.json ?? false,
        }),
      );
    });
}

interface JobsFlags {
  readonly database: string;
  readonly json?: boolean;
}

function addJobs(program: Command, handlers: Handlers, done: (outcome: Outcome) => void): void {
  subcommand(program, 'jobs')
    .summary('list the jobs of a catalogue')
    .description('Lists the jobs of a catalogue. Passwords and queries in source URLs are left out.')
    .addOption(requiredDatabaseOption('catalogue'))
    .option('--json', 'print a JSON array instead of a table')
    .addOption(traceOption())
    .action(async ({ database, json = false }: JobsFlags) => {
      done(await handlers.jobs({ database, json }));
    });
}

interface DemoFlags {
  readonly driver: DriverChoice;
  readonly logLevel: LogLevel;
}

function addDemo(program: Command, handlers: Handlers, done: (outcome: Outcome) => void): void {
  subcommand(program, 'demo')
    .summary('mount two small examples and say what to try')
    .description(
      'Makes an example catalogue in $XDG_DATA_HOME/orbit-ghost/demo or ~/.local/share/orbit-ghost/demo, mounts its two jobs, and says what to try. Needs no network. Ctrl-C ends it.',
    )
    .addOption(driverOption())
    .addOption(logLevelOption('warn'))
    .action(async ({ driver, logLevel }: DemoFlags) => {
      done(await handlers.demo({ driver, logLevel }));
    });
}

function addHelp(program: Command): void {
  subcommand(program, 'help')
    .summary('print the help of a command')
    .description('Prints the help of a command, or of the program.')
    .argument('[command]')
    .action((name: string | undefined) => {
      const described =
        name === undefined ? program : program.commands.find((command) => command.name() === name);
      if (described === undefined) throw unknownCommand(program, name);
      described.outputHelp();
    });
}
