/**
 * Compares this machine's clock with that of the web servers its jobs come from. A clock that is wrong by days makes every
 * certificate look expired, and one that is wrong by minutes makes signed requests fail.
 */
import type { ExaminedJob } from './catalogue-messages.ts';
import type { Check } from './check.ts';

const NAME = 'Clock';
const LIMIT_MS = 8_000;
/** A server's clock may be the wrong one; several seldom are. */
const SERVERS_MAX = 4;
/** The header counts whole seconds, and the answer takes its time. */
const TOLERATED_S = 30;
/** Services that check signed requests refuse those that are off by more. */
const WRONG_S = 300;

export async function clockCheck(jobs: readonly ExaminedJob[]): Promise<Check> {
  const origins = jobs.flatMap(({ sources }) => sources.flatMap(webOrigin));
  const asked = [...new Set(origins)].slice(0, SERVERS_MAX);
  const differences = (await Promise.all(asked.map(differenceTo))).filter((one) => one !== undefined);
  const [closest] = differences.toSorted((a, b) => Math.abs(a) - Math.abs(b));
  if (closest === undefined) {
    return { name: NAME, level: 'ok', sentence: 'It was not compared: no web source told the time.' };
  }
  return differenceCheck(closest);
}

/** `seconds` that we are ahead. */
function differenceCheck(seconds: number): Check {
  const off = Math.abs(seconds);
  if (off <= TOLERATED_S) {
    return { name: NAME, level: 'ok', sentence: 'It agrees with the sources.' };
  }
  const amount = off < 120 ? `${Math.round(off)} s` : `${Math.round(off / 60)} minutes`;
  return {
    name: NAME,
    level: off > WRONG_S ? 'problem' : 'warning',
    sentence: `It is ${amount} ${seconds > 0 ? 'ahead of' : 'behind'} the sources; encrypted connections may fail.`,
    remedy: 'Set the clock, for example with: timedatectl set-ntp true',
  };
}

function webOrigin(uri: string): readonly string[] {
  const url = /^https?:/i.test(uri) ? URL.parse(uri) : null;
  return url === null ? [] : [url.origin];
}

/** Seconds that our clock is ahead; undefined when the server does not tell. No credentials are sent. */
async function differenceTo(origin: string): Promise<number | undefined> {
  try {
    const before = Date.now();
    const signal = AbortSignal.timeout(LIMIT_MS);
    const response = await fetch(origin, { method: 'HEAD', redirect: 'manual', signal });
    const told = Date.parse(response.headers.get('date') ?? '');
    // Half of the way there and back, and half of the second that the header leaves out.
    const expected = (before + Date.now()) / 2;
    return Number.isNaN(told) ? undefined : (expected - told - 500) / 1000;
  } catch {
    return undefined;
  }
}
