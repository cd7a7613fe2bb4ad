/** Holds the order and the bound of the line, by example and against a sorted list. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Priority } from '../../../src-main/engine/entangler/block-reader.ts';
import { isHigher, PriorityQueue } from '../../../src-main/engine/entangler/priority-queue.ts';

const PRIORITIES: readonly Priority[] = ['user', 'readahead', 'warm', 'background'];

interface Item {
  readonly id: number;
}

function drain(queue: PriorityQueue<Item>): readonly number[] {
  const ids: number[] = [];
  for (let next = queue.take(); next !== undefined; next = queue.take()) ids.push(next.value.id);
  return ids;
}

function filled(capacity: number, priorities: readonly Priority[]) {
  const queue = new PriorityQueue<Item>(capacity);
  const items = priorities.map((_, id) => ({ id }));
  for (const [index, item] of items.entries()) queue.push(item, priorities[index] ?? 'user');
  return { queue, items };
}

test('priorities are ordered user, readahead, warm, background', () => {
  const pairs = PRIORITIES.flatMap((a) => PRIORITIES.filter((b) => isHigher(a, b)).map((b) => `${a} ${b}`));
  expect(pairs).toEqual([
    'user readahead',
    'user warm',
    'user background',
    'readahead warm',
    'readahead background',
    'warm background',
  ]);
});

describe('the queue', () => {
  test('serves higher priorities first, and in order of arrival within one', () => {
    const { queue } = filled(9, ['background', 'user', 'warm', 'user', 'readahead', 'background']);
    expect(drain(queue)).toEqual([1, 3, 4, 2, 0, 5]);
  });

  test('refuses, when full, what is not more urgent than everything in it', () => {
    const { queue } = filled(2, ['warm', 'warm']);
    expect(queue.push({ id: 9 }, 'warm')).toEqual({ admitted: false });
    expect(queue.push({ id: 9 }, 'background')).toEqual({ admitted: false });
    expect(drain(queue)).toEqual([0, 1]);
  });

  test('drops, when full, the youngest of the lowest priority for something more urgent', () => {
    const { queue } = filled(4, ['background', 'warm', 'background', 'user']);
    expect(queue.push({ id: 9 }, 'warm')).toEqual({ admitted: true, displaced: { id: 2 } });
    expect(drain(queue)).toEqual([3, 1, 9, 0]);
  });

  test('upgrades to the end of the higher priority, and never downgrades', () => {
    const { queue, items } = filled(9, ['background', 'user', 'background', 'user']);
    for (const item of items.slice(1, 3)) queue.upgrade(item, 'user');
    for (const item of items) queue.upgrade(item, 'background');
    queue.upgrade({ id: 99 }, 'user');
    expect(drain(queue)).toEqual([1, 3, 2, 0]);
  });

  test('lets go of an item anywhere in a line', () => {
    for (const gone of [0, 1, 2]) {
      const { queue, items } = filled(9, ['warm', 'warm', 'warm']);
      const item = items[gone] ?? { id: -1 };
      expect([queue.remove(item), queue.remove(item)]).toEqual([true, false]);
      expect(drain(queue)).toEqual([0, 1, 2].filter((id) => id !== gone));
    }
  });

  test('keeps everything below user when asked to', () => {
    const { queue } = filled(9, ['readahead', 'user']);
    expect([queue.take(true)?.value.id, queue.take(true), queue.size]).toEqual([1, undefined, 1]);
  });

  test('does not hold one item twice', () => {
    const { queue, items } = filled(9, ['warm']);
    expect(() => queue.push(items[0] ?? { id: 0 }, 'user')).toThrow('once');
  });
});

test('the queue does what a sorted list would', () => {
  const priority = fc.constantFrom(...PRIORITIES);
  const step = fc.oneof(
    fc.record({ kind: fc.constant('push' as const), priority }),
    fc.record({ kind: fc.constant('take' as const), userOnly: fc.boolean() }),
    fc.record({ kind: fc.constant('upgrade' as const), which: fc.nat(30), priority }),
    fc.record({ kind: fc.constant('remove' as const), which: fc.nat(30) }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 60 }), (capacity, steps) => {
      const queue = new PriorityQueue<Item>(capacity);
      const made: Item[] = [];
      let model: { readonly item: Item; readonly priority: Priority }[] = [];
      const without = (item: Item | undefined) => model.filter((entry) => entry.item !== item);
      const ranked = () => PRIORITIES.flatMap((level) => model.filter((entry) => entry.priority === level));
      for (const [id, action] of steps.entries()) {
        if (action.kind === 'push') {
          const item = { id };
          made.push(item);
          const last = model.length >= capacity ? ranked().at(-1) : undefined;
          const admitted = last === undefined || isHigher(action.priority, last.priority);
          const expected = admitted ? { admitted, displaced: last?.item } : { admitted };
          expect(queue.push(item, action.priority)).toEqual(expected);
          if (admitted) model = [...without(last?.item), { item, priority: action.priority }];
        } else if (action.kind === 'take') {
          const next = ranked().find((entry) => !action.userOnly || entry.priority === 'user');
          expect(queue.take(action.userOnly)?.value).toBe(next?.item);
          model = without(next?.item);
        } else {
          const item = made[action.which % Math.max(1, made.length)];
          const entry = model.find((one) => one.item === item);
          if (item === undefined) continue;
          if (action.kind === 'remove') {
            expect(queue.remove(item)).toBe(entry !== undefined);
            model = without(item);
          } else {
            queue.upgrade(item, action.priority);
            if (entry !== undefined && isHigher(action.priority, entry.priority)) {
              model = [...without(item), { item, priority: action.priority }];
            }
          }
        }
        expect(queue.size).toBe(model.length);
      }
      expect(drain(queue)).toEqual(ranked().map((entry) => entry.item.id));
    }),
  );
});
