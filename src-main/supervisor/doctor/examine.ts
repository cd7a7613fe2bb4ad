/**
 * Starts the process that looks at everything and collects what it finds. Invariant: it ends within a bound, whatever hangs,
 * and what was not looked at is said.
 */
import { spawn } from 'node:child_process';
import { systemClock } from '../../engine/clock.ts';
import { messageOf } from '../../engine/errors.ts';
import { inTime } from '../../engine/in-time.ts';
import type { HealthCheck } from '../../ipc/contract.ts';
import { childCommand } from '../child-command.ts';
import type { ExaminationOrder, FromExamination } from './examination-messages.ts';

/** Longer than it allows itself for all, mending included. */
const LIMIT_MS = 110_000;
/** Each call on a dead disk keeps one for good; there are a dozen groups of checks. */
const THREADS = '24';

export interface Examination {
  readonly checks: readonly HealthCheck[];
  /** What was done, or could not be. */
  readonly mended: readonly string[];
}

/** Never rejects. */
export async function examine(order: ExaminationOrder): Promise<Examination> {
  const groups: (readonly HealthCheck[])[] = [];
  const mended: string[] = [];
  let how: string | undefined;
  try {
    how = await run(order, (message) => {
      if (message.kind === 'checks') groups[message.group] = message.checks;
      else if (message.kind === 'mended') mended.push(message.sentence);
    });
  } catch (error) {
    how = messageOf(error);
  }
  const checks = groups.flat();
  if (how !== undefined) {
    const sentence = `Not everything could be looked at: ${how}.`;
    checks.push({ name: 'Checks', level: 'problem', sentence, remedy: null, mendable: false });
  }
  return { checks, mended };
}

/** Why it did not come to its end; undefined when it did. */
async function run(
  order: ExaminationOrder,
  onMessage: (message: FromExamination) => void,
): Promise<string | undefined> {
  const { executable, arguments: args } = childCommand('supervisor/doctor/examination-main');
  const child = spawn(executable, args, {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'json',
    env: { ...process.env, UV_THREADPOOL_SIZE: THREADS },
  });
  const ended = new Promise<string | undefined>((resolve) => {
    child.on('message', (message: FromExamination) => {
      onMessage(message);
      if (message.kind === 'done') resolve(undefined);
    });
    child.once('error', ({ message }) => resolve(message));
    child.once('exit', (code, signal) =>
      resolve(`it ended early (${signal ?? `exit code ${code ?? 'unknown'}`})`),
    );
  });
  try {
    child.send(order, () => {});
    const late = `it took longer than ${LIMIT_MS / 1000} s`;
    return (
      (await inTime(
        ended.then((how) => ({ how })),
        LIMIT_MS,
        systemClock,
      )) ?? { how: late }
    ).how;
  } finally {
    // It may be in a call that an orderly end would wait for.
    child.kill('SIGKILL');
  }
}
