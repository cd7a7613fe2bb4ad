/** The publisher's real process, killed at the worst moment: the job is committed and nobody has been told. */
import process from 'node:process';
import type { FromPublisher } from '../../src-main/supervisor/publish-messages.ts';

const send = process.send?.bind(process);
if (send !== undefined) {
  process.send = (message: FromPublisher, ...rest: never[]) => {
    if (message.kind === 'published') process.kill(process.pid, 'SIGKILL');
    return send(message, ...rest);
  };
}
await import('../../src-main/supervisor/publish-main.ts');
