/** One process of `publish-main`, from its start to its end. Invariant: `ended` always resolves, whatever becomes of it. */
import { spawn } from 'node:child_process';
import type { ChildCommand } from './child-command.ts';
import type { FromPublisher, ToPublisher } from './publish-messages.ts';

export interface PublisherProcess {
  tell(message: ToPublisher): void;
  kill(): void;
  /** How, to be read after a subject; `ran` is false when it could not even be started. */
  readonly ended: Promise<{ readonly how: string; readonly ran: boolean }>;
}

export function startPublisherProcess(
  { executable, arguments: args }: ChildCommand,
  onMessage: (message: FromPublisher) => void,
): PublisherProcess {
  const child = spawn(executable, args, {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'json',
    // A Ctrl-C in the terminal is for the supervisor, which ends it in order.
    detached: true,
  });
  const ended = Promise.withResolvers<{ how: string; ran: boolean }>();
  child.once('close', (code, signal) =>
    ended.resolve({ how: `ended early (${signal ?? `exit code ${code ?? 'unknown'}`})`, ran: true }),
  );
  child.once('error', (error) => {
    if (child.pid === undefined) ended.resolve({ how: `cannot be started (${error.message})`, ran: false });
  });
  child.on('message', (message) => onMessage(message as FromPublisher));
  return {
    tell(message) {
      // A process that is gone is told by its end.
      if (child.connected) child.send(message, () => {});
    },
    kill: () => void child.kill('SIGKILL'),
    ended: ended.promise,
  };
}
