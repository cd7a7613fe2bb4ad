/** A program that says nothing: asked, given up after seconds in which the page ran, never for a sleep. */
import { beforeEach, expect, it } from 'vitest';
import { SilenceWatch } from '../../../../src-renderer/bridge/silence.ts';
import { VirtualClock } from '../../../helpers/virtual-clock.ts';

let clock: VirtualClock;
let watch: SilenceWatch;
let told: string[];
let answers: boolean;

beforeEach(() => {
  clock = new VirtualClock();
  told = [];
  answers = false;
  watch = new SilenceWatch({
    after: (ms, callback) => clock.after(ms, callback),
    ask: () => told.push(`asked at ${clock.now()}`),
    knock: () => Promise.resolve(answers),
    onSilent: (seconds) => told.push(`silent at ${clock.now()} after ${seconds}`),
  });
});

it('asks a quiet program after three seconds, and gives it up after ten, once', async () => {
  await clock.advance(60_000);
  expect(told).toEqual(['asked at 3000', 'silent at 10000 after 10']);
  expect(clock.pending).toBe(0);
});

it('leaves one alone that talks, and asks one that answers again and again', async () => {
  for (let second = 0; second < 60; second += 1) {
    await clock.advance(1_000);
    watch.heard();
  }
  expect(told).toEqual([]);
  await clock.advance(3_000);
  watch.heard();
  await clock.advance(9_000);
  expect(told).toEqual(['asked at 63000', 'asked at 66000']);
});

it('does not take the sleep of a laptop for the silence of the program', async () => {
  await clock.advance(3_000);
  await clock.sleep(3_600_000);
  await clock.advance(5_000);
  expect(told).toEqual(['asked at 3000']);
});

it('waits longer for one that answers elsewhere, as on a slow line, and not without end', async () => {
  answers = true;
  await clock.advance(59_000);
  watch.heard();
  expect(told).toEqual(['asked at 3000']);
  await clock.advance(60_000);
  expect(told).toEqual(['asked at 3000', 'asked at 62000', 'silent at 119000 after 60']);
  expect(clock.pending).toBe(0);
});

it('says nothing any more when it has ended', async () => {
  watch.end();
  await clock.advance(60_000);
  expect(told).toEqual([]);
});
