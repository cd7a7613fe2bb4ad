import { expect, it } from 'vitest';
import { ProblemGate } from '../../../src-main/engine/control/problem-gate.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';

it('lets one problem of a file through in five seconds', async () => {
  const clock = new VirtualClock();
  const gate = new ProblemGate(clock);
  expect([gate.admits('a'), gate.admits('a'), gate.admits('b')]).toEqual([true, false, true]);
  await clock.advance(4_999);
  expect(gate.admits('a')).toBe(false);
  await clock.advance(1);
  expect(gate.admits('a')).toBe(true);
});

it('lets few of a thousand files through that fail for one reason', async () => {
  const clock = new VirtualClock();
  const gate = new ProblemGate(clock);
  const admitted = () => Array.from({ length: 1_000 }, (_, file) => gate.admits(`${file}`)).filter(Boolean);
  expect(admitted()).toHaveLength(10);
  await clock.advance(5_000);
  expect(admitted()).toHaveLength(10);
});
