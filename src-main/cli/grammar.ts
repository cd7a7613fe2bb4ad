/** How every command of the program is set up, and how a mistake in its words becomes one sentence. */
import type { Command, CommanderError } from 'commander';
import { UsageError } from './failure.ts';

export function subcommand(parent: Command, name: string): Command {
  const words = parent.parent === null ? [parent.name(), name] : [parent.parent.name(), parent.name(), name];
  return parent
    .command(name)
    .exitOverride(misuse(words.join(' ')))
    .allowExcessArguments(false);
}

/** Turns the parser's complaint into one sentence with the remedy; `typed` is the command it complains about. */
export function misuse(typed: string): (error: CommanderError) => never {
  return (error) => {
    if (error.exitCode === 0) throw error;
    const complaint = error.message
      .replace(/^error: /, '')
      .replace(/\s*\n\s*\((.*)\)\s*$/, ' ($1)')
      .replace(/\.$/, '');
    throw new UsageError(`${complaint.charAt(0).toUpperCase()}${complaint.slice(1)}; see "${typed} --help".`);
  };
}

/** `parent` is the program, or a command that has commands of its own. */
export function unknownCommand(parent: Command, name = ''): UsageError {
  const names = parent.commands.map((command) => command.name()).filter((known) => known !== 'help');
  const listed = `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
  const more = parent.parent === null ? ', and a mount is started in the foreground with --job-id ID' : '';
  return new UsageError(`There is no command ${JSON.stringify(name)}; the commands are ${listed}${more}.`);
}
