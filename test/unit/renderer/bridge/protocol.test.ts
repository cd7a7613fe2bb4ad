/** The client's side of the contract: calls, subscriptions over connections, acknowledgements, gaps. */
import { beforeEach, describe, expect, it } from 'vitest';
import { BridgeFailure } from '../../../../src-renderer/bridge/failure.ts';
import { pageClient } from '../../../../src-renderer/bridge/protocol.ts';
import type { ProtocolClient } from '../../../../src-main/ipc/protocol-client.ts';
import type { ClientMessage } from '../../../../src-main/ipc/wire.ts';
import { VirtualClock } from '../../../helpers/virtual-clock.ts';

const CACHE_EVENT = { directory: '/cache' };

let clock: VirtualClock;
let client: ProtocolClient;
let sent: ClientMessage[];

beforeEach(() => {
  clock = new VirtualClock();
  client = pageClient((ms, callback) => clock.after(ms, callback));
  sent = [];
});

const connect = (): void => client.connected((message) => sent.push(message));
const last = (): ClientMessage => sent.at(-1) ?? expect.fail('nothing was sent');
const event = (id: number, sequence: number): void =>
  client.receive({ type: 'event', id, sequence, event: CACHE_EVENT });

describe('calls', () => {
  it('settles each call by its id, whatever the order of the answers', async () => {
    connect();
    const first = client.call('catalogues.refresh', {});
    const second = client.call('app.info', {});
    const [one, two] = sent;
    client.receive({ type: 'result', id: two?.id ?? 0, output: { version: '1' } });
    client.receive({ type: 'result', id: one?.id ?? 0, output: {} });
    await expect(second).resolves.toEqual({ version: '1' });
    await expect(first).resolves.toEqual({});
  });

  it('fails with the code and sentence of the server', async () => {
    connect();
    const call = client.call('jobs.unmount', { job: 'a1b2c3d4-1', force: false });
    client.receive({ type: 'error', id: last().id, error: { code: 'MOUNT_BUSY', sentence: 'cat reads.' } });
    await expect(call).rejects.toEqual(new BridgeFailure('MOUNT_BUSY', 'cat reads.'));
  });

  it('fails at once without a connection, and when the connection is lost', async () => {
    await expect(client.call('app.info', {})).rejects.toMatchObject({ code: 'DISCONNECTED' });
    connect();
    const call = client.call('app.info', {});
    client.disconnected();
    await expect(call).rejects.toMatchObject({ code: 'DISCONNECTED' });
  });

  it('ignores an answer nobody waits for', () => {
    connect();
    expect(() => client.receive({ type: 'result', id: 99, output: {} })).not.toThrow();
    expect(() => client.receive({ type: 'error', id: 99, error: { code: 'X', sentence: '' } })).not.toThrow();
  });
});

describe('subscriptions', () => {
  it('are asked for as soon as there is a connection, and again on the next one', () => {
    const events: unknown[] = [];
    client.subscribe('cache', {}, (value) => events.push(value));
    expect(sent).toEqual([]);
    connect();
    const first = last();
    expect(first).toMatchObject({ type: 'subscribe', topic: 'cache', input: {} });
    event(first.id, 1);
    client.disconnected();
    connect();
    expect(last()).toMatchObject({ type: 'subscribe', topic: 'cache' });
    expect(last().id).not.toBe(first.id);
    event(last().id, 1);
    expect(events).toHaveLength(2);
  });

  it('acknowledge each event after it was handled', () => {
    connect();
    const order: string[] = [];
    client.subscribe('cache', {}, () => order.push(`handled with ${sent.length} sent`));
    const { id } = last();
    event(id, 1);
    expect(order).toEqual(['handled with 1 sent']);
    expect(last()).toEqual({ type: 'acknowledge', id, sequence: 1 });
  });

  it('acknowledge an event also when its listener throws, so that one mistake does not stop the topic', () => {
    connect();
    client.subscribe('cache', {}, () => {
      throw new Error('mistake');
    });
    const { id } = last();
    expect(() => event(id, 1)).toThrow('mistake');
    expect(last()).toEqual({ type: 'acknowledge', id, sequence: 1 });
  });

  it('are asked for again after a gap, and what comes under the old id is ignored', () => {
    connect();
    const events: unknown[] = [];
    client.subscribe('cache', {}, (value) => events.push(value));
    const { id } = last();
    event(id, 1);
    event(id, 3);
    expect(sent.slice(-2)).toMatchObject([
      { type: 'unsubscribe', id },
      { type: 'subscribe', topic: 'cache' },
    ]);
    event(id, 4);
    expect(events).toHaveLength(1);
    event(last().id, 1);
    expect(events).toHaveLength(2);
  });

  it('that end with an error tell so, and are asked for again after a second', async () => {
    connect();
    const problems: string[] = [];
    client.subscribe('cache', {}, () => undefined, { onProblem: ({ sentence }) => problems.push(sentence) });
    client.receive({ type: 'error', id: last().id, error: { code: 'ENGINE_AWAY', sentence: 'Wait.' } });
    expect(problems).toEqual(['Wait.']);
    expect(sent).toHaveLength(1);
    await clock.advance(1_000);
    expect(last()).toMatchObject({ type: 'subscribe', topic: 'cache' });
    expect(sent).toHaveLength(2);
  });

  it('stop when they are cancelled, also while they wait to be asked for again', async () => {
    connect();
    const cancel = client.subscribe('cache', {}, () => undefined);
    const { id } = last();
    client.receive({ type: 'error', id, error: { code: 'ENGINE_AWAY', sentence: '' } });
    cancel();
    await clock.advance(5_000);
    expect(sent).toHaveLength(1);
    expect(clock.pending).toBe(0);

    const cancelRunning = client.subscribe('cache', {}, () => expect.fail('was cancelled'));
    const running = last().id;
    cancelRunning();
    expect(last()).toEqual({ type: 'unsubscribe', id: running });
    event(running, 1);
  });

  it('of a hidden page owe their acknowledgement until it is shown', () => {
    connect();
    const events: unknown[] = [];
    client.subscribe('cache', {}, (value) => events.push(value));
    const { id } = last();
    client.hold(true);
    event(id, 1);
    expect(events).toHaveLength(1);
    expect(last().type).toBe('subscribe');
    client.hold(false);
    expect(last()).toEqual({ type: 'acknowledge', id, sequence: 1 });
    client.hold(false);
    expect(sent).toHaveLength(2);
  });
});
