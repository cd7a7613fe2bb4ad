/** `orbit-ghost status`: the running program and its jobs at this moment, as text or as JSON. */
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../engine/clock.ts';
import { inTime } from '../../engine/in-time.ts';
import type { Client } from '../../ipc/client.ts';
import type { Activity, CacheStatus } from '../../ipc/contract.ts';
import { EXIT_OK } from '../failure.ts';
import type { Outcome } from '../leave.ts';
import { firstOf, withRunning } from '../running.ts';
import { statusJson, statusText } from '../status-view.ts';

export interface StatusCommand {
  readonly json: boolean;
}

/** A rate needs two looks; the program counts four times a second, and only while somebody asks. */
const RATES_MS = 700;
/** An engine that runs answers within milliseconds; one that hangs must not hold up what it is asked for to find out. */
const CACHE_LIMIT_MS = 1_000;

export async function statusCommand({ json }: StatusCommand): Promise<Outcome> {
  const status = await withRunning(async (client) => {
    const { jobs } = await firstOf(client, 'state', {});
    const isMounted = jobs.some((job) => job.state === 'mounted');
    const activity = await activityOf(client, isMounted ? RATES_MS : 0);
    const [info, state, answer] = await Promise.all([
      client.call('app.info', {}),
      // Again: a job may have changed meanwhile.
      firstOf(client, 'state', {}),
      inTime(cacheOf(client), CACHE_LIMIT_MS, systemClock),
    ]);
    const isSilent = answer === undefined && state.engine.state === 'running';
    return { info, state, activity, cache: answer?.cache, isSilent };
  });
  process.stdout.write(`${json ? statusJson(status) : statusText(status)}\n`);
  return { code: EXIT_OK, atOnce: false };
}

/** Never rejects: the engine may be away; that is what the rest of the status tells then. */
async function cacheOf(client: Client): Promise<{ readonly cache: CacheStatus | undefined }> {
  return { cache: await client.call('cache.status', {}).catch(() => undefined) };
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
