/** Keeping a link up: back-off, the end of a session, no call lost in between. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ProtocolClient } from '../../../../src-main/ipc/protocol-client.ts';
import { backOff } from '../../../../src-renderer/bridge/back-off.ts';
import { Connection } from '../../../../src-renderer/bridge/connection.ts';
import { BridgeFailure } from '../../../../src-renderer/bridge/failure.ts';
import type { LinkEvents } from '../../../../src-renderer/bridge/links.ts';
import { pageClient } from '../../../../src-renderer/bridge/protocol.ts';
import { VirtualClock } from '../../../helpers/virtual-clock.ts';

let clock: VirtualClock;
let links: LinkEvents[];
let phases: string[];
/** When each of the phases began. */
let times: number[];
let session: boolean;
let protocol: ProtocolClient;
let connection: Connection;

beforeEach(() => {
  clock = new VirtualClock();
  links = [];
  phases = [];
  times = [];
  session = true;
  const after = (ms: number, callback: () => void): (() => void) => clock.after(ms, callback);
  protocol = pageClient(after);
  connection = new Connection({
    open: (events) => {
      links.push(events);
      return () => undefined;
    },
    protocol,
    onPhase: (phase, since) => {
      phases.push(phase);
      times.push(since);
    },
    sessionIsGood: () => Promise.resolve(session),
    after,
    now: () => clock.now(),
    dice: () => 1,
  });
  connection.start();
});

const down = async (): Promise<void> => {
  links.at(-1)?.down();
  await clock.advance(0);
};

describe('Connection', () => {
  it('opens the link again after pauses that grow, and from the start once it was up', async () => {
    await down();
    await clock.advance(249);
    expect(links).toHaveLength(1);
    await clock.advance(1);
    expect(links).toHaveLength(2);
    await down();
    await clock.advance(499);
    expect(links).toHaveLength(2);
    await clock.advance(1);
    expect(links).toHaveLength(3);
    links.at(-1)?.up(() => undefined);
    await down();
    await clock.advance(250);
    expect(links).toHaveLength(4);
    expect(phases).toEqual(['lost', 'lost', 'open', 'lost']);
  });

  it('stops trying when the server says that there is no session', async () => {
    session = false;
    await down();
    await clock.advance(60_000);
    expect(links).toHaveLength(1);
    expect(phases).toEqual(['lost', 'no-session']);
  });

  it('counts a loss from when something was last heard that a person could see', async () => {
    links.at(-1)?.up(() => undefined);
    await clock.advance(1_000);
    links.at(-1)?.message({ type: 'result', id: 1, output: {} });
    await clock.advance(1_000);
    connection.hold(true);
    links.at(-1)?.message({ type: 'result', id: 2, output: {} });
    await clock.advance(1_000);
    connection.hold(false);
    await down();
    expect(phases).toEqual(['open', 'lost']);
    expect(times).toEqual([0, 1_000]);
  });

  it('ends what is under way with the reason of the link, where it has one', async () => {
    links.at(-1)?.up(() => undefined);
    const call = protocol.call('cache.clear', {});
    links.at(-1)?.down(new BridgeFailure('DISCONNECTED', 'It is silent.'));
    await expect(call).rejects.toThrow('It is silent.');
  });
});

describe('backOff', () => {
  it('doubles up to five seconds, and spreads the tries', () => {
    expect([0, 1, 2, 3, 10].map((tries) => backOff(tries, 1))).toEqual([250, 500, 1_000, 2_000, 5_000]);
    expect(backOff(10, 0)).toBe(3_500);
  });
});
