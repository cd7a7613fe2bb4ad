/** When connections count as doubtful: after sleep and with other addresses, and never otherwise. */
import { expect, it } from 'vitest';
import { silentLogger } from '../../../src-main/engine/log.ts';
import { LinkWatch } from '../../../src-main/engine/wormhole/link-watch.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';

/** A machine whose monotonic clock stands still while it sleeps, as Linux's does; what its watch has told. */
function machine() {
  const clock = new VirtualClock();
  const state = { asleepMs: 0, addresses: 'eth0 192.0.2.2' as string | undefined, looks: 0 };
  const told: string[] = [];
  const watch = new LinkWatch({
    clock,
    logger: { ...silentLogger, info: (message) => told.push(message) },
    wallTime: () => 1e12 + clock.now() + state.asleepMs,
    addresses: () => {
      state.looks += 1;
      return state.addresses;
    },
  });
  let renewals = 0;
  const unsubscribe = watch.onChange(() => {
    renewals += 1;
  });
  return { clock, state, told, watch, unsubscribe, renewals: () => renewals };
}

it('wakes within two seconds of sleep, once', async () => {
  const { clock, state, told, renewals } = machine();
  await clock.advance(60_000);
  expect(renewals()).toBe(0);
  state.asleepMs = 3_600_000;
  await clock.advance(2_000);
  expect([renewals(), told]).toEqual([1, ['the machine was asleep; connections are renewed']]);
  await clock.advance(60_000);
  expect(renewals()).toBe(1);
});

it('wakes as well where the timers’ clock does not stand still', async () => {
  const { clock, renewals } = machine();
  await clock.sleep(3_600_000);
  expect(renewals()).toBe(1);
  await clock.advance(60_000);
  expect(renewals()).toBe(1);
});

it('takes neither a busy machine nor a clock that is set back for sleep', async () => {
  const { clock, state, renewals } = machine();
  await clock.advance(1_000);
  await clock.sleep(5_500);
  state.asleepMs = -3_600_000;
  await clock.advance(60_000);
  expect(renewals()).toBe(0);
});

it('notices other addresses, and none, each change once', async () => {
  const { clock, state, told, renewals } = machine();
  const changes = ['wlan0 198.51.100.7', '', 'wlan0 198.51.100.7'];
  for (const [before, addresses] of changes.entries()) {
    state.addresses = addresses;
    await clock.advance(2_000);
    expect(renewals()).toBe(before + 1);
    await clock.advance(20_000);
    expect(renewals()).toBe(before + 1);
  }
  expect(told.at(-1)).toBe('the network changed; connections are renewed');
});

it('takes addresses that cannot be had for the same ones', async () => {
  const { clock, state, renewals } = machine();
  state.addresses = undefined;
  await clock.advance(10_000);
  state.addresses = 'eth0 192.0.2.2';
  await clock.advance(10_000);
  expect(renewals()).toBe(0);
});

it('looks only while somebody listens, and begins anew with the next', async () => {
  const { clock, state, watch, unsubscribe } = machine();
  let others = 0;
  const stop = watch.onChange(() => {
    others += 1;
  });
  unsubscribe();
  expect(clock.pending).toBe(1);
  stop();
  expect(clock.pending).toBe(0);
  const { looks } = state;
  state.addresses = 'eth0 203.0.113.1';
  state.asleepMs = 3_600_000;
  await clock.advance(60_000);
  expect(state.looks).toBe(looks);
  const again = watch.onChange(() => {
    others += 1;
  });
  await clock.advance(10_000);
  expect(others).toBe(0);
  again();
  expect(clock.pending).toBe(0);
});

it('reads the addresses of this machine', async () => {
  const clock = new VirtualClock();
  let renewals = 0;
  const stop = new LinkWatch({ clock, logger: silentLogger, wallTime: () => clock.now() }).onChange(() => {
    renewals += 1;
  });
  await clock.advance(20_000);
  stop();
  expect(renewals).toBe(0);
});
