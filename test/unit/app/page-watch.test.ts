/** A page that fails in every way: when it is loaded again by itself, when a person is asked, and what the answer does. */
import { beforeEach, describe, expect, it } from 'vitest';
import { AtMost } from '../../../src-main/app/at-most.ts';
import { PageWatch, type PageAnswer, type PageTrouble } from '../../../src-main/app/page-watch.ts';
import { answerOf, pageQuestion } from '../../../src-main/app/questions.ts';
import { turn, VirtualClock } from '../../helpers/virtual-clock.ts';

const TROUBLES: readonly PageTrouble[] = ['ended', 'unloaded', 'silent', 'stuck'];

let clock: VirtualClock;
/** What was done, in order. */
let deeds: string[];
let putAway: boolean;
let answers: PromiseWithResolvers<PageAnswer>;
let watch: PageWatch;

beforeEach(() => {
  clock = new VirtualClock();
  deeds = [];
  putAway = false;
  answers = Promise.withResolvers();
  watch = new PageWatch({
    clock,
    reload: (trouble) => deeds.push(`reload ${trouble}`),
    ask: (trouble) => {
      deeds.push(`ask ${trouble}`);
      return answers.promise;
    },
    isPutAway: () => putAway,
    quit: () => deeds.push('quit'),
  });
});

async function answer(word: PageAnswer): Promise<void> {
  const { resolve } = answers;
  answers = Promise.withResolvers();
  resolve(word);
  await turn();
}

/** Fails until a person is asked. */
function failForGood(trouble: PageTrouble): void {
  for (let times = 0; times < 4; times += 1) {
    watch.loading();
    watch.failed(trouble);
  }
}

describe('a page that fails', () => {
  it.each(['ended', 'unloaded'] as const)(
    'is loaded again three times in a minute, then asked about: %s',
    (trouble) => {
      failForGood(trouble);
      const reload = `reload ${trouble}`;
      expect(deeds).toEqual([reload, reload, reload, `ask ${trouble}`]);
    },
  );

  it('is loaded again by itself for ever when it fails seldom', async () => {
    for (let times = 0; times < 20; times += 1) {
      watch.failed('ended');
      watch.loading();
      watch.alive();
      await clock.advance(20_000);
    }
    expect(deeds).toEqual(Array.from({ length: 20 }, () => 'reload ended'));
  });

  it('is asked about once at a time', async () => {
    failForGood('ended');
    failForGood('unloaded');
    watch.failed('stuck');
    expect(deeds.filter((deed) => deed.startsWith('ask'))).toEqual(['ask ended']);
    await answer('stay');
    watch.failed('stuck');
    expect(deeds.at(-1)).toBe('ask stuck');
  });

  it('is loaded, with all its tries, when the person says so', async () => {
    failForGood('ended');
    deeds = [];
    await answer('reload');
    failForGood('ended');
    expect(deeds.filter((deed) => deed === 'reload ended')).toHaveLength(4);
  });

  it('ends the app when the person says so, and stays broken when they do not', async () => {
    failForGood('ended');
    await answer('stay');
    expect(watch.isBroken).toBe(true);
    watch.failed('ended');
    await answer('quit');
    expect(deeds.at(-1)).toBe('quit');
  });

  it('bothers nobody while the window is put away, and is loaded again when it is shown', () => {
    putAway = true;
    failForGood('ended');
    expect(deeds).toEqual(['reload ended', 'reload ended', 'reload ended']);
    expect(watch.isBroken).toBe(true);
    watch.retry();
    expect(deeds).toHaveLength(4);
    expect(watch.isBroken).toBe(false);
    watch.retry();
    expect(deeds).toHaveLength(4);
  });

  it('is let be when the question itself fails', async () => {
    failForGood('ended');
    answers.reject(new Error('no dialog'));
    await turn();
    expect(deeds.at(-1)).toBe('ask ended');
    expect(watch.isBroken).toBe(true);
  });
});

describe('a page that says nothing', () => {
  it('is asked about after twenty seconds', async () => {
    watch.loading();
    await clock.advance(19_999);
    expect(deeds).toEqual([]);
    await clock.advance(1);
    expect(deeds).toEqual(['ask silent']);
  });

  it('is noticed as well when not even its load begins', async () => {
    watch.failed('ended');
    await clock.advance(20_000);
    expect(deeds).toEqual(['reload ended', 'ask silent']);
  });

  it('is left alone once it has spoken', async () => {
    watch.loading();
    watch.alive();
    await clock.advance(60_000);
    expect(deeds).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('may crash while the question is open: it is loaded as what it is then', async () => {
    watch.failed('stuck');
    watch.failed('ended');
    await answer('reload');
    expect(deeds).toEqual(['ask stuck', 'reload ended']);
  });
});

it('a window that is gone is not watched', async () => {
  watch.loading();
  watch.close();
  watch.failed('ended');
  watch.loading();
  await clock.advance(60_000);
  expect(deeds).toEqual([]);
});

it.each(TROUBLES)('the question about %s offers Reload and Quit, and Escape changes nothing', (trouble) => {
  const question = pageQuestion(trouble, '/state/orbit-ghost.log');
  expect(question.box.buttons?.slice(0, 2)).toEqual(['Reload', 'Quit']);
  expect(question.box.detail).toContain('/state/orbit-ghost.log');
  expect([0, 1, 2, 99].map((button) => answerOf(question, button))).toEqual([
    'reload',
    'quit',
    'stay',
    'stay',
  ]);
});

it('so often in a span, and again once it has passed', async () => {
  const twice = new AtMost(clock, 2, 1_000);
  expect([twice.take(), twice.take(), twice.take()]).toEqual([true, true, false]);
  await clock.advance(999);
  expect(twice.take()).toBe(false);
  await clock.advance(1);
  expect([twice.take(), twice.take(), twice.take()]).toEqual([true, true, false]);
  twice.forget();
  expect(twice.take()).toBe(true);
});
