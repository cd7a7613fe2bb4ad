/**
 * What travels between supervisor and its processes survives JSON. The types are held to it for every message there is, at
 * compile time; a message of each kind is sent through it as well.
 */
import { expect, it } from 'vitest';
import type {
  EngineEvent,
  EngineRequestName,
  EngineRequests,
  FromEngine,
  ToEngine,
} from '../../../src-main/engine/control/protocol.ts';
import type { FromPublisher, ToPublisher } from '../../../src-main/supervisor/publish-messages.ts';

/** Whether a value of this type comes out of JSON as it went in, apart from properties that are undefined. */
type IsJson<T> = false extends Survives<T> ? false : true;

/** The same for each member of a union. */
type Survives<T> = [T] extends [string | number | boolean | null]
  ? true
  : T extends readonly (infer Item)[]
    ? undefined extends Item
      ? false
      : Survives<Item>
    : T extends ArrayBufferView | Map<never, never> | Set<never> | Date | ((...words: never) => unknown)
      ? false
      : T extends object
        ? false extends { [Key in keyof T]-?: Survives<Exclude<T[Key], undefined>> }[keyof T]
          ? false
          : true
        : [T] extends [string | number | boolean | null]
          ? true
          : false;

/** Answers that hold nothing are left out, and arrive as undefined. */
type Answers = { [Name in EngineRequestName]: Exclude<EngineRequests[Name]['output'], void> };

it('is nothing but JSON, by its types', () => {
  const all: {
    readonly toEngine: IsJson<ToEngine>;
    readonly answers: IsJson<Answers>;
    readonly events: IsJson<EngineEvent>;
    readonly toPublisher: IsJson<ToPublisher>;
    readonly fromPublisher: IsJson<FromPublisher>;
    // What would not: so that the question itself is held to account.
    readonly bytes: IsJson<{ readonly states: Uint8Array }>;
    readonly large: IsJson<{ readonly size: bigint }>;
    readonly gap: IsJson<{ readonly list: readonly (number | undefined)[] }>;
    readonly map: IsJson<{ readonly deep: readonly { readonly map: Map<string, string> }[] }>;
  } = {
    toEngine: true,
    answers: true,
    events: true,
    toPublisher: true,
    fromPublisher: true,
    bytes: false,
    large: false,
    gap: false,
    map: false,
  };
  expect(all.answers).toBe(true);
});

const place = { key: '0123abcd-1', database: '/c\u{0}\u{d800}"\\.db', job: 1 };
const settings = {
  cacheDirectory: '/cache',
  cacheLimitBytes: undefined,
  cacheMinFreeBytes: undefined,
  transfers: 8,
  deadlineMs: 30_000,
  logLevel: 'info',
  driver: 'auto',
} as const;
const session = { number: 1, negotiated: { minor: 38, flags: '0x8000000000' }, connection: 41 };
const requests: { readonly [Name in EngineRequestName]: EngineRequests[Name]['input'] } = {
  configure: settings,
  reconfigure: settings,
  ping: undefined,
  listJobs: { database: place.database },
  mount: { ...place, mountPoint: '/mnt', session },
  unmount: { key: place.key, force: true },
  listFiles: { ...place, path: '', offset: 0, limit: 500 },
  describeFile: { ...place, path: 'ä\n' },
  watchBlocks: { ...place, path: 'a', watch: 1 },
  unwatchBlocks: { watch: 1 },
  cacheNamespace: place,
  cacheReport: undefined,
  clearCache: { namespace: undefined },
  checkCache: { from: undefined },
  pin: { ...place, path: 'a' },
  unpin: { namespace: '1-0123456789ab', path: 'a' },
  pins: undefined,
  warm: { ...place, path: 'a', from: undefined },
  setPaused: { paused: false },
  setWatched: { watched: true },
  stop: { force: false },
};
const events: { readonly [Name in EngineEvent['event']]: Extract<EngineEvent, { event: Name }> } = {
  ready: { event: 'ready' },
  activity: {
    event: 'activity',
    report: { jobs: [], transfers: [], readers: [], cacheUsedBytes: Number.MAX_SAFE_INTEGER },
  },
  session: { event: 'session', key: place.key, ...session },
  ended: { event: 'ended', key: place.key, reason: 'r', failed: false },
  sources: { event: 'sources', key: place.key, state: 'reachable', problem: undefined },
  problem: { event: 'problem', key: undefined, path: undefined, code: 'TIMEOUT', sentence: 's' },
  blocks: { event: 'blocks', watch: 1, changes: [[0, 1, 3]], reads: [[0, 1]] },
  log: { event: 'log', level: 'info', text: '\u{1f600}' },
};
const answers: readonly FromEngine[] = [
  { id: 1, output: undefined },
  { id: 2, output: { size: 3, blockSize: 1, states: 'AAAA' } },
  { id: 3, error: { code: 'NOT_FOUND', sentence: 'Not there.' } },
];
const toEngine = Object.entries(requests).map(([request, input], id) => ({ id, request, input }));

it.each([...toEngine, ...Object.values(events), ...answers])('survives JSON: %j', (message) => {
  expect(JSON.parse(JSON.stringify(message))).toEqual(message);
});
