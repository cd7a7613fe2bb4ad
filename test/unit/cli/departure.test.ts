/** How a running program is taken down: it waits for who uses a mount, and no longer when told so. */
import { describe, expect, it } from 'vitest';
import { depart } from '../../../src-main/cli/departure.ts';
import { GhostError } from '../../../src-main/engine/errors.ts';
import { turn, VirtualClock } from '../../helpers/virtual-clock.ts';

interface Leaving {
  readonly clock: VirtualClock;
  readonly asked: boolean[];
  readonly told: string[];
  readonly forced: AbortController;
  readonly over: Promise<void>;
}

/** `answer` is what the program's stop does each time, by whether it is forced. */
function leave(answer: (force: boolean) => Promise<void>): Leaving {
  const clock = new VirtualClock();
  const asked: boolean[] = [];
  const told: string[] = [];
  const forced = new AbortController();
  const program = {
    stop: ({ force }: { readonly force: boolean }) => {
      asked.push(force);
      return answer(force);
    },
  };
  const onBusy = (sentence: string): void => void told.push(sentence);
  return { clock, asked, told, forced, over: depart({ program, forced: forced.signal, clock, onBusy }) };
}

const busy = new GhostError('MOUNT_BUSY', 'It is in use.');

describe('depart', () => {
  it('asks once when nothing is in the way', async () => {
    const { asked, over } = leave(() => Promise.resolve());
    await over;
    expect(asked).toEqual([false]);
  });

  it('asks again every second while something is in use, and tells it once', async () => {
    let users = 3;
    const { asked, told, clock, over } = leave(() => {
      users -= 1;
      return users === 0 ? Promise.resolve() : Promise.reject(busy);
    });
    await turn();
    await clock.advance(2_000);
    await over;
    expect(asked).toEqual([false, false, false]);
    expect(told).toEqual(['It is in use.']);
  });

  it('forces when told to, while it waits or is being answered', async () => {
    for (const answer of [() => Promise.reject(busy), () => new Promise<void>(() => {})]) {
      const { asked, forced, over } = leave((force) => (force ? Promise.resolve() : answer()));
      await turn();
      forced.abort();
      await over;
      expect(asked).toEqual([false, true]);
    }
  });

  it('does not wait for what no waiting helps', async () => {
    const { over } = leave(() => Promise.reject(new GhostError('INTERNAL', 'No.')));
    await expect(over).rejects.toThrow('No.');
  });
});
