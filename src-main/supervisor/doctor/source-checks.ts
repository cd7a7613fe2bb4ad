/**
 * Whether the sources of the catalogues' jobs give bytes: each is asked for one byte of a file it ought to have, which tells
 * more than that somebody is there. Invariant: bounded in time and number, and no credential reaches a sentence.
 */
import { systemClock } from '../../engine/clock.ts';
import { GhostError, messageOf, type GhostErrorCode } from '../../engine/errors.ts';
import type { Source, SourceObject } from '../../engine/wormhole/source.ts';
import { openSource } from '../../engine/wormhole/sources/open-source.ts';
import type { ExaminedJob } from './catalogue-messages.ts';
import { withStop, type Check } from './check.ts';

const NAME = 'Source';
const LIMIT_MS = 10_000;
const AT_ONCE = 8;
/** With those at once and that limit half a minute at worst. */
const SOURCES_MAX = 24;

interface Asked {
  readonly job: number;
  readonly uri: string;
  readonly object: SourceObject | undefined;
  /** Whether the job has another. */
  readonly hasOther: boolean;
}

interface Answer extends Asked {
  /** Undefined: it gave what it was asked for. */
  readonly failure: GhostError | undefined;
}

export async function sourceChecks(jobs: readonly ExaminedJob[]): Promise<readonly Check[]> {
  const all = jobs.flatMap(({ id, sources, object }) =>
    sources.map((uri): Asked => ({ job: id, uri, object, hasOther: sources.length > 1 })),
  );
  // Jobs of one place are as well as that place.
  const distinct = [...new Map(all.map((asked) => [asked.uri, asked])).values()];
  const asked = distinct.slice(0, SOURCES_MAX);
  const waiting = asked.values();
  const answers: Answer[] = [];
  const askNext = async (): Promise<void> => {
    for (const next of waiting) answers.push({ ...next, failure: await ask(next) });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, askNext));
  const failed = answers.filter(({ failure }) => failure !== undefined);
  const well = answers.length - failed.length;
  return [
    ...(well === 0 ? [] : [wellCheck(well)]),
    ...failed.map(failureCheck),
    ...(distinct.length > asked.length ? [restCheck(distinct.length - asked.length)] : []),
  ];
}

function wellCheck(count: number): Check {
  const sentence =
    count === 1 ? '1 source gives what it is asked for.' : `${count} sources give what they are asked for.`;
  return { name: NAME, level: 'ok', sentence };
}

function restCheck(count: number): Check {
  return { name: NAME, level: 'ok', sentence: `${count} more were not asked.` };
}

function failureCheck({ job, hasOther, failure }: Answer): Check {
  const remedy = failure && REMEDIES[failure.code];
  const spare = hasOther ? ' The job has another source.' : '';
  return {
    name: NAME,
    level: hasOther ? 'warning' : 'problem',
    sentence: `Job ${job}: ${withStop(messageOf(failure))}${spare}`,
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/** For the failures whose sentences do not say it themselves. */
const REMEDIES: Readonly<Partial<Record<GhostErrorCode, string>>> = {
  CREDENTIALS_REFUSED:
    'Renew the access at the source, or publish the job again with an address that has it.',
  SOURCE_UNREACHABLE: 'Check the network and that the source runs. What is cached can be read meanwhile.',
};

/** What is wrong; undefined when nothing is. */
async function ask({ uri, object }: Asked): Promise<GhostError | undefined> {
  let source: Source | undefined;
  const limit = new AbortController();
  const cancel = systemClock.after(LIMIT_MS, () => limit.abort());
  try {
    source = openSource(uri, { connectTimeoutMs: LIMIT_MS });
    const { signal } = limit;
    if (object === undefined) await source.probe(signal);
    else await source.fetch({ object, offset: 0, length: 1, signal, sink: () => {} });
    return undefined;
  } catch (error) {
    if (limit.signal.aborted) {
      const sentence = `The source ${source?.label ?? ''} did not answer within ${LIMIT_MS / 1000} s.`;
      return new GhostError('SOURCE_UNREACHABLE', sentence);
    }
    return error instanceof GhostError
      ? error
      : new GhostError('INTERNAL', messageOf(error), { cause: error });
  } finally {
    cancel();
    // One that hangs is not waited for.
    void source?.close();
  }
}
