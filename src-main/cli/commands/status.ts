/** `orbit-ghost status`: the running program and its jobs at this moment, as text or as JSON. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '../../ipc/client.ts';
import type { Activity } from '../../ipc/contract.ts';
import { EXIT_OK } from '../failure.ts';
import type { Outcome } from '../leave.ts';
import { firstOf, withRunning } from '../running.ts';
import { statusJson, statusText } from '../status-view.ts';

export interface StatusCommand {
  readonly json: boolean;
}

/** A rate needs two looks; the program counts four times a second, and only while somebody asks. */
const RATES_MS = 700;

export async function statusCommand({ json }: StatusCommand): Promise<Outcome> {
  const status = await withRunning(async (client) => {
    const { jobs } = await firstOf(client, 'state', {});
    const isMounted = jobs.some((job) => job.state === 'mounted');
    const activity = await activityOf(client, isMounted ? RATES_MS : 0);
    const [info, state, cache] = await Promise.all([
      client.call('app.info', {}),
      // Again: only while somebody looks is it counted what is cached.
      firstOf(client, 'state', {}),
      // The engine may be away; that is what the rest of the status tells then.
      client.call('cache.status', {}).catch(() => undefined),
    ]);
    return { info, state, activity, cache };
  });
  process.stdout.write(`${json ? statusJson(status) : statusText(status)}\n`);
  return { code: EXIT_OK, atOnce: false };
}

/** The latest after some time of looking. */
async function activityOf(client: Client, ms: number): Promise<Activity> {
  let latest: Activity | undefined;
  const unsubscribe = client.subscribe('activity', {}, (event) => {
    latest = event;
  });
  await Promise.race([delay(ms), client.closed]);
  unsubscribe();
  return latest ?? (await firstOf(client, 'activity', {}));
}
