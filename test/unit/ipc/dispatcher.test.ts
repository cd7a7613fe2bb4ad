/** The dispatcher in memory: what it lets through, what it refuses, and how fast it talks to a slow client. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GhostError } from '../../../src-main/engine/errors.ts';
import { silentLogger, type Logger } from '../../../src-main/engine/log.ts';
import { METHODS, TOPICS, type MethodName } from '../../../src-main/ipc/contract.ts';
import { type ServerMessage } from '../../../src-main/ipc/wire.ts';
import { MAX_CALLS, MAX_SUBSCRIPTIONS } from '../../../src-main/ipc/connection.ts';
import { Dispatcher, type Caller, type Handlers, type Topics } from '../../../src-main/ipc/dispatcher.ts';
import { EVENT_INTERVAL_MS } from '../../../src-main/ipc/subscription.ts';
import { turn, VirtualClock } from '../../helpers/virtual-clock.ts';

const can = { reveal: true, drag: false, download: false, choose: false };
const NEAR: Caller = { near: true, can };
const FAR: Caller = { near: false, can };

interface Bench {
  readonly clock: VirtualClock;
  readonly sent: ServerMessage[];
  readonly calls: { readonly method: string; readonly input: unknown }[];
  readonly errors: string[];
  readonly streams: FakeStream[];
  readonly hungUp: () => boolean;
  readonly receive: (message: unknown) => void;
  readonly close: () => void;
  readonly last: () => ServerMessage | undefined;
}

class FakeStream {
  value = 0;
  closed = false;
  failure: Error | undefined;
  readonly changed: () => void;

  constructor(changed: () => void) {
    this.changed = changed;
  }

  next(): unknown {
    if (this.failure !== undefined) throw this.failure;
    return this.value < 0 ? undefined : this.value;
  }

  close(): void {
    this.closed = true;
  }
}

interface BenchOptions {
  readonly caller?: Caller;
  readonly answer?: (method: string, input: unknown) => Promise<unknown>;
  readonly opening?: () => Promise<void>;
}

function bench({ caller = NEAR, answer, opening }: BenchOptions = {}): Bench {
  const clock = new VirtualClock();
  const sent: ServerMessage[] = [];
  const calls: { readonly method: string; readonly input: unknown }[] = [];
  const streams: FakeStream[] = [];
  const errors: string[] = [];
  const logger: Logger = { ...silentLogger, error: (message) => void errors.push(message) };
  const handlers = Object.fromEntries(
    (Object.keys(METHODS) as MethodName[]).map((method) => [
      method,
      (input: unknown) => {
        calls.push({ method, input });
        return answer === undefined ? Promise.resolve({ method }) : answer(method, input);
      },
    ]),
  ) as unknown as Handlers;
  const topics = Object.fromEntries(
    Object.keys(TOPICS).map((topic) => [
      topic,
      async (_: unknown, changed: () => void) => {
        await opening?.();
        const stream = new FakeStream(changed);
        streams.push(stream);
        return stream;
      },
    ]),
  ) as unknown as Topics;
  let hungUp = false;
  const connection = new Dispatcher({ handlers, topics, logger, clock }).connect(
    caller,
    (message) => void sent.push(message),
    () => {
      hungUp = true;
    },
  );
  return {
    clock,
    sent,
    calls,
    errors,
    streams,
    hungUp: () => hungUp,
    receive: (message) => connection.receive(message),
    close: () => connection.close(),
    last: () => sent.at(-1),
  };
}

const call = (id: number, method: string, input: unknown = {}) => ({ type: 'call', id, method, input });
const KEY = '0123abcd-1';

describe('calls', () => {
  test('the answer carries the id, and the handler gets what the schema made of the input', async () => {
    const { receive, sent, calls } = bench();
    receive(call(7, 'jobs.unmount', { job: KEY, force: true }));
    await turn();
    expect(sent).toEqual([{ type: 'result', id: 7, output: { method: 'jobs.unmount' } }]);
    expect(calls).toEqual([{ method: 'jobs.unmount', input: { job: KEY, force: true } }]);
  });

  test.each([
    ['an unknown method', 'jobs.explode', {}, 'UNSUPPORTED'],
    ['a name of every object', 'constructor', {}, 'UNSUPPORTED'],
    ['a wrong type', 'jobs.unmount', { job: KEY, force: 'yes' }, 'ARGUMENT_INVALID'],
    ['a key that is none', 'jobs.mount', { job: '../../etc' }, 'ARGUMENT_INVALID'],
    ['a field too many', 'app.info', { more: 1 }, 'ARGUMENT_INVALID'],
    ['a path that leads out', 'files.path', { job: KEY, path: 'a/../../b' }, 'ARGUMENT_INVALID'],
    ['an absolute path', 'files.reveal', { job: KEY, path: '/etc/passwd' }, 'ARGUMENT_INVALID'],
    ['no input', 'app.info', undefined, 'ARGUMENT_INVALID'],
  ])('%s reaches no handler', async (_, method, input, code) => {
    const { receive, sent, calls, hungUp } = bench();
    receive({ type: 'call', id: 1, method, input });
    await turn();
    expect(sent).toMatchObject([{ type: 'error', id: 1, error: { code } }]);
    expect(calls).toEqual([]);
    expect(hungUp()).toBe(false);
  });

  test.each(['app.stop', 'app.screen', 'files.reveal', 'jobs.open', 'dialog.choose'] as const)(
    '%s is refused to a browser, whatever its input',
    async (method) => {
      const { receive, sent, calls } = bench({ caller: FAR });
      receive(call(1, method, { force: true, job: KEY, path: 'a', what: 'folder' }));
      await turn();
      expect(sent).toMatchObject([{ type: 'error', error: { code: 'PERMISSION_DENIED' } }]);
      expect(calls).toEqual([]);
    },
  );

  test('our own errors keep code and sentence; others are one plain sentence and a line in the log', async () => {
    const failures: Record<string, Error> = {
      'settings.get': new GhostError('MOUNT_BUSY', 'It is in use.'),
      'cache.status': new TypeError('secret /root/path'),
    };
    const { receive, sent, errors } = bench({
      answer: (method) => Promise.reject(failures[method] ?? new Error('?')),
    });
    receive(call(1, 'settings.get'));
    receive(call(2, 'cache.status'));
    await turn();
    expect(sent).toEqual([
      { type: 'error', id: 1, error: { code: 'MOUNT_BUSY', sentence: 'It is in use.' } },
      {
        type: 'error',
        id: 2,
        error: { code: 'INTERNAL', sentence: 'Something unexpected failed; the log says what.' },
      },
    ]);
    expect(errors).toEqual(['Call "cache.status" failed unexpectedly']);
  });

  test('only so many are open at once', async () => {
    const { receive, sent, calls, last } = bench({ answer: () => new Promise(() => undefined) });
    for (let id = 0; id < MAX_CALLS; id += 1) receive(call(id, 'app.info'));
    await turn();
    expect(sent).toEqual([]);
    receive(call(MAX_CALLS, 'app.info'));
    await turn();
    expect(calls).toHaveLength(MAX_CALLS);
    expect(last()).toMatchObject({ type: 'error', id: MAX_CALLS, error: { code: 'QUEUE_FULL' } });
  });

  test('after its end nothing is sent', async () => {
    const answer = Promise.withResolvers<unknown>();
    const { receive, sent, close } = bench({ answer: () => answer.promise });
    receive(call(1, 'app.info'));
    close();
    answer.resolve({});
    await turn();
    expect(sent).toEqual([]);
  });
});

describe('nonsense', () => {
  test('is refused once and ends the connection', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const { receive, sent, calls, hungUp } = bench();
        receive(value);
        receive(call(1, 'app.info'));
        expect(sent).toMatchObject([{ type: 'refused' }]);
        expect(calls).toEqual([]);
        expect(hungUp()).toBe(true);
      }),
    );
  });

  test('an id that is in use ends it too', () => {
    const { receive, last, hungUp } = bench({ answer: () => new Promise(() => undefined) });
    receive(call(1, 'app.info'));
    receive({ type: 'subscribe', id: 1, topic: 'state', input: {} });
    expect(last()).toMatchObject({ type: 'refused' });
    expect(hungUp()).toBe(true);
  });

  test('so does the acknowledgement of what was never sent, but not a late one', async () => {
    const { receive, hungUp } = bench();
    receive({ type: 'acknowledge', id: 9, sequence: 4 });
    expect(hungUp()).toBe(false);
    receive({ type: 'subscribe', id: 1, topic: 'state', input: {} });
    await turn();
    receive({ type: 'acknowledge', id: 1, sequence: 2 });
    expect(hungUp()).toBe(true);
  });
});

describe('subscriptions', () => {
  const subscribe = (id = 1, topic = 'state', input: unknown = {}) => ({
    type: 'subscribe',
    id,
    topic,
    input,
  });
  const acknowledge = (sequence: number, id = 1) => ({ type: 'acknowledge', id, sequence });

  test('a slow client gets the latest once it has acknowledged, never a queue', async () => {
    const { receive, sent, streams, clock } = bench();
    receive(subscribe());
    await turn();
    expect(sent).toEqual([{ type: 'event', id: 1, sequence: 1, event: 0 }]);
    const [stream] = streams;
    for (let value = 1; value <= 1_000; value += 1) {
      if (stream !== undefined) stream.value = value;
      stream?.changed();
      await clock.advance(10);
    }
    expect(sent).toHaveLength(1);
    receive(acknowledge(1));
    expect(sent[1]).toEqual({ type: 'event', id: 1, sequence: 2, event: 1_000 });
    receive(acknowledge(2));
    await clock.advance(10 * EVENT_INTERVAL_MS);
    expect(sent).toHaveLength(2);
  });

  test('a fast client gets four events a second', async () => {
    const { receive, sent, streams, clock } = bench();
    receive(subscribe());
    await turn();
    for (let time = 0; time < 1_900; time += 5) {
      streams[0]?.changed();
      receive(acknowledge(sent.length));
      await clock.advance(5);
    }
    expect(sent).toHaveLength(8);
    expect(sent.map((message) => 'sequence' in message && message.sequence)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8,
    ]);
  });

  test('nothing new is no event', async () => {
    const { receive, sent, streams, clock } = bench();
    receive(subscribe());
    await turn();
    receive(acknowledge(1));
    await clock.advance(EVENT_INTERVAL_MS);
    const [stream] = streams;
    if (stream === undefined) throw new Error('no stream');
    stream.value = -1;
    stream.changed();
    stream.value = 5;
    expect(sent).toHaveLength(1);
    stream.changed();
    expect(sent[1]).toMatchObject({ sequence: 2, event: 5 });
  });

  test('ended by the client, by the connection or by its source, it is closed', async () => {
    const { receive, last, streams, close, clock } = bench();
    for (const id of [1, 2, 3]) receive(subscribe(id));
    await turn();
    receive({ type: 'unsubscribe', id: 1 });
    const [first, second, third] = streams;
    expect([first?.closed, second?.closed, third?.closed]).toEqual([true, false, false]);
    receive(acknowledge(1, 2));
    await clock.advance(EVENT_INTERVAL_MS);
    if (second !== undefined) second.failure = new GhostError('NOT_FOUND', 'It is gone.');
    second?.changed();
    expect(last()).toEqual({ type: 'error', id: 2, error: { code: 'NOT_FOUND', sentence: 'It is gone.' } });
    expect(second?.closed).toBe(true);
    close();
    expect(third?.closed).toBe(true);
  });

  test('left before its source was open, it is closed then', async () => {
    const opened = Promise.withResolvers<void>();
    const { receive, sent, streams } = bench({ opening: () => opened.promise });
    receive(subscribe());
    receive({ type: 'unsubscribe', id: 1 });
    opened.resolve();
    await turn();
    expect(streams[0]?.closed).toBe(true);
    expect(sent).toEqual([]);
  });

  test.each([
    ['an unknown topic', 'weather', {}, 'UNSUPPORTED'],
    ['a wrong input', 'blocks', { job: 'x', path: '' }, 'ARGUMENT_INVALID'],
  ])('%s is refused', (_, topic, input, code) => {
    const { receive, last, streams } = bench();
    receive(subscribe(1, topic, input));
    expect(last()).toMatchObject({ type: 'error', id: 1, error: { code } });
    expect(streams).toEqual([]);
  });

  test('only so many are open at once, and one that ended makes room', async () => {
    const { receive, sent, last, streams } = bench();
    for (let id = 0; id < MAX_SUBSCRIPTIONS; id += 1) receive(subscribe(id));
    receive(subscribe(100));
    expect(last()).toMatchObject({ type: 'error', id: 100, error: { code: 'QUEUE_FULL' } });
    receive({ type: 'unsubscribe', id: 0 });
    receive(subscribe(100));
    await turn();
    expect(streams).toHaveLength(MAX_SUBSCRIPTIONS + 1);
    expect(sent.filter(({ type }) => type === 'event')).toHaveLength(MAX_SUBSCRIPTIONS);
  });
});
