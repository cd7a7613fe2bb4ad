/** One run of the command line, from its arguments to the way it ends. Invariant: every failure becomes one sentence. */
import { CommanderError } from 'commander';
import { EXIT_OK, exitCodeOf, sentenceOf } from './failure.ts';
import type { Outcome } from './leave.ts';
import { buildProgram, type Handlers } from './program.ts';

/** `args` without the program's own name; `complain` takes what belongs on standard error. */
export async function run(
  args: readonly string[],
  handlers: Handlers,
  complain: (sentence: string) => void,
): Promise<Outcome> {
  let outcome: Outcome = { code: EXIT_OK, atOnce: false };
  const program = buildProgram(handlers, (result) => {
    outcome = result;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return outcome;
  } catch (error) {
    // How the parser reports that it printed the help or the version.
    if (error instanceof CommanderError) return outcome;
    complain(sentenceOf(error, wantsTrace(args)));
    // A thread of a mount that failed may still be inside a system call.
    return { code: exitCodeOf(error), atOnce: true };
  }
}

/** Asked of the raw arguments, because parsing may be what failed. */
function wantsTrace(args: readonly string[]): boolean {
  return args.some(
    (argument, index) =>
      argument === '--log-level=debug' || (argument === '--log-level' && args[index + 1] === 'debug'),
  );
}
