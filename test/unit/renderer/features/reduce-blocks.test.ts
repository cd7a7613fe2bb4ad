/** Many blocks on few cells: what presses is seen, the rest is a share. And the cells' places. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellAt, gridLayout } from '../../../../src-renderer/features/job/grid-layout.ts';
import { reduceBlocks } from '../../../../src-renderer/features/job/reduce-blocks.ts';
import { STATES } from '../../../../src-renderer/lib/block-states.ts';

const state = (name: (typeof STATES)[number]): number => STATES.indexOf(name);
const blocks = (...names: (typeof STATES)[number][]): Uint8Array => Uint8Array.from(names.map(state));

describe('reduceBlocks', () => {
  it('gives each block a cell while there are enough', () => {
    const cells = reduceBlocks(blocks('missing', 'cached'), 10);
    expect(cells.blocksPerCell).toBe(1);
    expect([...cells.states]).toEqual([state('missing'), state('cached')]);
    expect([...cells.shares]).toEqual([255, 255]);
  });

  it('shows the one corrupt block among many whole', () => {
    const cells = reduceBlocks(blocks('cached', 'cached', 'corrupt', 'fetching'), 1);
    expect([...cells.states]).toEqual([state('corrupt')]);
    expect([...cells.shares]).toEqual([255]);
  });

  it('shows fetching before queued, and queued before cached', () => {
    const cells = reduceBlocks(blocks('queued', 'fetching', 'queued', 'cached'), 2);
    expect([...cells.states]).toEqual([state('fetching'), state('queued')]);
  });

  it('blends cached and missing, pinned counting as held', () => {
    const cells = reduceBlocks(
      blocks('cached', 'missing', 'missing', 'missing', 'cached', 'cached', 'pinned', 'missing'),
      2,
    );
    expect([...cells.states]).toEqual([state('cached'), state('cached')]);
    expect([...cells.shares]).toEqual([64, 191]);
  });

  it('covers every block once, in no more cells than allowed', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ max: STATES.length - 1, maxLength: 500 }),
        fc.integer({ min: 1, max: 600 }),
        (map, most) => {
          const { states, blocksPerCell } = reduceBlocks(map, most);
          expect(states.length).toBeLessThanOrEqual(most);
          expect(states.length).toBe(Math.ceil(map.length / blocksPerCell));
        },
      ),
    );
  });

  it('reduces a million blocks', () => {
    const cells = reduceBlocks(new Uint8Array(1_000_000).fill(state('cached')), 2_000);
    expect(cells.blocksPerCell).toBe(500);
    expect(cells.states.every((value) => value === state('cached'))).toBe(true);
  });
});

describe('gridLayout', () => {
  it('draws few blocks large and many small', () => {
    expect(gridLayout(6, 360, 192)).toMatchObject({ step: 16, blocksPerCell: 1, height: 16 });
    expect(gridLayout(10_240, 360, 192)).toMatchObject({ step: 6, blocksPerCell: 6 });
  });

  it('stays within its room, whatever the file', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.integer({ min: 20, max: 2_000 }), (count, width) => {
        const layout = gridLayout(count, width, 192);
        expect(layout.height).toBeLessThanOrEqual(192);
        expect(layout.columns * layout.step).toBeLessThanOrEqual(width);
        expect(layout.cells * layout.blocksPerCell).toBeGreaterThanOrEqual(count);
        expect(layout.cells).toBeLessThanOrEqual((layout.height / layout.step) * layout.columns);
      }),
    );
  });

  it('finds the cell under the pointer, and none beside the cells', () => {
    const layout = gridLayout(30, 160, 192);
    expect(layout.columns).toBe(10);
    expect(cellAt(layout, 17, 17)).toBe(11);
    expect(cellAt(layout, 165, 5)).toBeUndefined();
    expect(cellAt(layout, 5, 60)).toBeUndefined();
  });
});
