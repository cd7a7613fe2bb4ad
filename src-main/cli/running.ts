/** The way from a command to the running program of the same user. Invariant: the connection ends with the command. */
import { systemClock } from '../engine/clock.ts';
import { GhostError } from '../engine/errors.ts';
import { inTime } from '../engine/in-time.ts';
import { connectUnixSocket, notAnswering, type Client } from '../ipc/client.ts';
import type { Job, TopicEvent, TopicInput, TopicName } from '../ipc/contract.ts';
import { controlSocketPath } from '../ipc/unix-socket-place.ts';
import { NotRunningError } from './failure.ts';
import { chooseJob } from './job-choice.ts';

/** A program that runs answers within milliseconds; one that is stopped or hangs, never. */
const FIRST_ANSWER_LIMIT_MS = 5_000;

/** Rejects with NotRunningError when nothing runs, with TIMEOUT when it does not answer, else as `work` does. */
export async function withRunning<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const path = controlSocketPath();
  const client = await connected(path);
  try {
    const answer = await inTime(client.call('app.info', {}), FIRST_ANSWER_LIMIT_MS, systemClock);
    if (answer === undefined) throw new GhostError('TIMEOUT', notAnswering(path));
    return await work(client);
  } finally {
    client.close();
  }
}

async function connected(path: string): Promise<Client> {
  try {
    return await connectUnixSocket(path);
  } catch (error) {
    if (error instanceof GhostError && error.code === 'ENGINE_AWAY') {
      throw new NotRunningError(error.message, { cause: error });
    }
    throw error;
  }
}

/** What a topic tells first: the whole. */
export async function firstOf<Name extends TopicName>(
  client: Client,
  topic: Name,
  input: TopicInput<Name>,
): Promise<TopicEvent<Name>> {
  const { promise, resolve, reject } = Promise.withResolvers<TopicEvent<Name>>();
  const unsubscribe = client.subscribe(topic, input, resolve, reject);
  void client.closed.then(() => {
    reject(new GhostError('ENGINE_AWAY', 'Orbit GhostFS ended while it was asked.'));
  });
  try {
    return await promise;
  } finally {
    unsubscribe();
  }
}

/** The job a person means. Catalogues are read again before it is called unknown: the program may be just starting. */
export async function jobNamed(client: Client, text: string): Promise<Job> {
  try {
    return chooseJob((await firstOf(client, 'state', {})).jobs, text);
  } catch (error) {
    if (!(error instanceof GhostError && error.code === 'JOB_UNKNOWN')) throw error;
    await client.call('catalogues.refresh', {});
    return chooseJob((await firstOf(client, 'state', {})).jobs, text);
  }
}
