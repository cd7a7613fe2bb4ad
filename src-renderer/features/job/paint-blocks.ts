/** Draws block maps: the grid of cells and the strip of the whole file. Few fills: one path per colour, not one per cell. */
import type { Surface } from '../../components/use-canvas.ts';
import { STATES } from '../../lib/block-states.ts';
import type { BlockMap } from '../../stores/block-map.ts';
import { GLOW_MS } from '../../stores/block-map.ts';
import type { GridLayout } from './grid-layout.ts';
import { reduceBlocks, type Cells } from './reduce-blocks.ts';

/** A part of a cell is drawn in one of so many strengths, so that cells share paths. */
const STRENGTHS = 8;
/** The least that is still seen beside an empty cell. */
const FAINTEST = 0.25;
const READ = '--block-read';

export function paintGrid(surface: Surface, map: BlockMap, layout: GridLayout, now: number): void {
  const { context, width, height } = surface;
  const cells = reduceBlocks(map.states, layout.cells);
  const { step, gap, columns } = layout;
  const side = step - gap;
  const box = (path: Path2D, cell: number): void =>
    path.rect((cell % columns) * step, Math.floor(cell / columns) * step, side, side);
  context.clearRect(0, 0, width, height);
  paintCells(surface, cells, box);
  for (const { first, count, at } of map.reads) {
    const path = new Path2D();
    const end = Math.floor((first + count - 1) / cells.blocksPerCell);
    for (let cell = Math.floor(first / cells.blocksPerCell); cell <= end; cell++) box(path, cell);
    context.globalAlpha = glow(at, now);
    context.fillStyle = surface.color(READ);
    context.fill(path);
  }
  context.globalAlpha = 1;
}

/** The whole file from left to right, one column per pixel. */
export function paintStrip(surface: Surface, map: BlockMap, now: number): void {
  const { context, width, height } = surface;
  const cells = reduceBlocks(map.states, Math.floor(width));
  const column = width / Math.max(1, cells.states.length);
  context.clearRect(0, 0, width, height);
  paintCells(surface, cells, (path, cell) => path.rect(cell * column, 0, column + 0.5, height));
  context.fillStyle = surface.color(READ);
  for (const { first, count, at } of map.reads) {
    context.globalAlpha = glow(at, now);
    const scale = column / cells.blocksPerCell;
    context.fillRect(first * scale, 0, Math.max(2, count * scale), height);
  }
  context.globalAlpha = 1;
}

function paintCells(
  surface: Surface,
  { states, shares }: Cells,
  box: (path: Path2D, cell: number) => void,
): void {
  const { context, color } = surface;
  const ground = new Path2D();
  const paths = new Map<number, Path2D>();
  for (let cell = 0; cell < states.length; cell++) {
    const state = states[cell] ?? 0;
    const strength = Math.ceil(((shares[cell] ?? 255) / 255) * STRENGTHS);
    if (state === 0 || strength < STRENGTHS) box(ground, cell);
    if (state === 0) continue;
    const key = state * (STRENGTHS + 1) + strength;
    let path = paths.get(key);
    if (path === undefined) {
      path = new Path2D();
      paths.set(key, path);
    }
    box(path, cell);
  }
  context.fillStyle = color('--block-missing');
  context.fill(ground);
  for (const [key, path] of paths) {
    const strength = (key % (STRENGTHS + 1)) / STRENGTHS;
    context.globalAlpha = FAINTEST + (1 - FAINTEST) * strength;
    context.fillStyle = color(`--block-${STATES[Math.floor(key / (STRENGTHS + 1))] ?? 'missing'}`);
    context.fill(path);
  }
  context.globalAlpha = 1;
}

function glow(at: number, now: number): number {
  return Math.max(0, Math.min(1, 1 - (now - at) / GLOW_MS));
}
