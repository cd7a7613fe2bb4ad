/**
 * `orbit-ghost warm`: fetches files into the cache now, without keeping them there. The program fetches a stretch whenever this
 * command asks for one, so Ctrl-C ends it and leaves what has come. Standard output carries one line for each path.
 */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '../../ipc/client.ts';
import type { Output } from '../../ipc/contract.ts';
import { formatBytes, formatCount } from '../../output/format.ts';
import { printable } from '../../output/printable.ts';
import { onStopSignals, signalExitCode, type StopSignal } from '../../stop-signals.ts';
import { openByteBar, type ByteBar } from '../byte-bar.ts';
import { EXIT_FAILED, EXIT_OK } from '../failure.ts';
import type { Outcome } from '../leave.ts';
import type { Place } from '../places.ts';
import { firstOf, withRunning } from '../running.ts';
import { placesOf } from './pin.ts';

/** What was asked for last may stand in line for long; most answers come within a moment and tell what has come. */
const LAST_ANSWER_MS = 1_500;

export interface WarmCommand {
  /** As typed; at least one. */
  readonly paths: readonly string[];
}

interface Warmed {
  readonly bytes: number;
  readonly fetchedBytes: number;
  readonly missed: number;
  readonly total: NonNullable<Output<'cache.warm'>['total']>;
  /** Why it was not walked to its end; undefined when it was. */
  readonly ended: 'stopped' | 'gave up' | undefined;
}

export async function warmCommand({ paths }: WarmCommand): Promise<Outcome> {
  let signalled: StopSignal | undefined;
  const stop = new AbortController();
  const note = (signal: StopSignal): void => {
    signalled ??= signal;
    stop.abort();
  };
  const unlisten = onStopSignals({ first: note, again: note });
  const bar = openByteBar('Fetching');
  const lines: string[] = [];
  let isComplete = true;
  try {
    await withRunning(async (client) => {
      if ((await firstOf(client, 'state', {})).paused) {
        process.stderr.write(
          'Fetching is paused; this waits until it is resumed in the tray. Ctrl-C ends it.\n',
        );
      }
      for (const [index, place] of (await placesOf(client, paths)).entries()) {
        const warmed = await warmPlace(client, place, bar, stop.signal);
        if (warmed === undefined) break;
        isComplete &&= warmed.missed === 0;
        lines.push(warmedText(paths[index] ?? '', warmed, await troubleOf(client, place)));
        if (warmed.ended === 'stopped') break;
      }
    });
  } finally {
    bar.close();
    unlisten();
  }
  if (lines.length > 0) process.stdout.write(`${lines.map(printable).join('\n')}\n`);
  const code = signalled === undefined ? (isComplete ? EXIT_OK : EXIT_FAILED) : signalExitCode(signalled);
  return { code, atOnce: false };
}

/** Undefined when it was stopped before it began. */
async function warmPlace(
  client: Client,
  { job, path }: Place,
  bar: ByteBar,
  stop: AbortSignal,
): Promise<Warmed | undefined> {
  const impatient = once(stop, 'abort').then(() => delay(LAST_ANSWER_MS, undefined, { ref: false }));
  let sum = { bytes: 0, fetchedBytes: 0, missed: 0 };
  let total: Output<'cache.warm'>['total'] = null;
  for (let from: string | undefined; ;) {
    const asked = from === undefined ? {} : { from };
    const stretch = stop.aborted
      ? undefined
      : await Promise.race([client.call('cache.warm', { job: job.key, path, ...asked }), impatient]);
    if (stretch === undefined) return total === null ? undefined : { ...sum, total, ended: 'stopped' };
    total ??= stretch.total ?? { files: 0, bytes: 0 };
    sum = {
      bytes: sum.bytes + stretch.bytes,
      fetchedBytes: sum.fetchedBytes + stretch.fetchedBytes,
      missed: sum.missed + stretch.missed,
    };
    bar.update(sum.bytes, total.bytes);
    if (stretch.gaveUp) return { ...sum, total, ended: 'gave up' };
    if (stretch.next === null) return { ...sum, total, ended: undefined };
    from = stretch.next;
  }
}

/** What the program knows of the job's trouble. */
async function troubleOf(client: Client, { job: { key } }: Place): Promise<string | undefined> {
  const { jobs } = await firstOf(client, 'state', {});
  return jobs.find((job) => job.key === key)?.problem?.sentence;
}

export function warmedText(name: string, warmed: Warmed, trouble: string | undefined): string {
  const { bytes, fetchedBytes, missed, total, ended } = warmed;
  const files = total.files === 1 ? '1 file' : `${formatCount(total.files)} files`;
  const came = `${formatBytes(fetchedBytes)} fetched`;
  if (ended === undefined && missed === 0) {
    return `warmed ${name}: ${files}, all of ${formatBytes(total.bytes)} cached, ${came}`;
  }
  const part = `${name}: ${formatBytes(bytes)} of ${formatBytes(total.bytes)} cached, ${came}`;
  if (ended === 'stopped') return `stopped ${part}; what has come stays`;
  const what =
    missed === 1 ? 'One file did not come whole' : `${formatCount(missed)} files did not come whole`;
  return `${part}. ${what}${trouble === undefined ? '.' : `: ${trouble}`}`;
}
