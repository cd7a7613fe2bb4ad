/** Keeping a link up: back-off, the end of a session, no call lost in between. */
import { beforeEach, describe, expect, it } from 'vitest';
import { backOff } from '../../../../src-renderer/bridge/back-off.ts';
import { Connection } from '../../../../src-renderer/bridge/connection.ts';
import type { LinkEvents } from '../../../../src-renderer/bridge/links.ts';
import { pageClient } from '../../../../src-renderer/bridge/protocol.ts';
import { VirtualClock } from '../../../helpers/virtual-clock.ts';

let clock: VirtualClock;
let links: LinkEvents[];
let phases: string[];
let session: boolean;

beforeEach(() => {
  clock = new VirtualClock();
  links = [];
  phases = [];
  session = true;
  const after = (ms: number, callback: () => void): (() => void) => clock.after(ms, callback);
  new Connection({
    open: (events) => {
      links.push(events);
      return () => undefined;
    },
    protocol: pageClient(after),
    onPhase: (phase) => phases.push(phase),
    sessionIsGood: () => Promise.resolve(session),
    after,
    dice: () => 1,
  }).start();
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
});

describe('backOff', () => {
  it('doubles up to five seconds, and spreads the tries', () => {
    expect([0, 1, 2, 3, 10].map((tries) => backOff(tries, 1))).toEqual([250, 500, 1_000, 2_000, 5_000]);
    expect(backOff(10, 0)).toBe(3_500);
  });
});
