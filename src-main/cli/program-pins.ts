/** The grammar of the commands that bring files into the cache and keep them there. Nothing of what they do. */
import type { Command } from 'commander';
import type { PinCommand, UnpinCommand } from './commands/pin.ts';
import type { WarmCommand } from './commands/warm.ts';
import { UsageError } from './failure.ts';
import { subcommand } from './grammar.ts';
import type { Outcome } from './leave.ts';
import { traceOption } from './options.ts';
import { nonEmpty } from './values.ts';

export interface PinHandlers {
  pin(command: PinCommand): Promise<Outcome>;
  unpin(command: UnpinCommand): Promise<Outcome>;
  warm(command: WarmCommand): Promise<Outcome>;
}

type Done = (outcome: Outcome) => void;

const PATHS_HELP = 'files or folders in the folder of a job, as in any other command';

export function addPins(program: Command, handlers: PinHandlers, done: Done): void {
  addPin(program, handlers, done);
  addUnpin(program, handlers, done);
  addWarm(program, handlers, done);
}

interface PinFlags {
  readonly list?: boolean;
  readonly wait: boolean;
  readonly json?: boolean;
}

function addPin(program: Command, handlers: PinHandlers, done: Done): void {
  subcommand(program, 'pin')
    .summary('keep files offline, or list what is kept')
    .description(
      'Keeps files, and folders with all that is in them now and later, in the cache: they are fetched in the background and never removed to make room. Waits until all is there; Ctrl-C ends the waiting, not the fetching, which goes on while the job is mounted. Without a path it lists what is pinned.',
    )
    .argument('[path...]', PATHS_HELP)
    .option('--list', 'list what is pinned')
    .option('--no-wait', 'return at once')
    .option('--json', 'print JSON instead of text')
    .addOption(traceOption())
    .action(async (paths: readonly string[], { list = false, wait, json = false }: PinFlags) => {
      if (list && paths.length > 0)
        throw new UsageError('--list shows all that is pinned; leave out the paths.');
      done(await handlers.pin({ paths: checked(paths), wait, json }));
    });
}

function addUnpin(program: Command, handlers: PinHandlers, done: Done): void {
  subcommand(program, 'unpin')
    .summary('keep files offline no longer')
    .description(
      'Gives up what is pinned at these paths and below. It stays in the cache until room is needed; above the limit of the cache it goes at once.',
    )
    .argument('<path...>', PATHS_HELP)
    .addOption(traceOption())
    .action(async (paths: readonly string[]) => {
      done(await handlers.unpin({ paths: checked(paths) }));
    });
}

function addWarm(program: Command, handlers: PinHandlers, done: Done): void {
  subcommand(program, 'warm')
    .summary('fetch files into the cache now')
    .description(
      'Fetches files, and all in folders, into the cache before somebody reads them; programs that read come first. They are not kept for good: see "orbit-ghost pin". Ctrl-C ends it and leaves what has come. Exit code 1 means that something did not come.',
    )
    .argument('<path...>', PATHS_HELP)
    .addOption(traceOption())
    .action(async (paths: readonly string[]) => {
      done(await handlers.warm({ paths: checked(paths) }));
    });
}

function checked(paths: readonly string[]): readonly string[] {
  return paths.map(nonEmpty('A path'));
}
