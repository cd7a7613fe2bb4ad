/** The size and number of the cells of a block grid: as large as fits, down to what the eye can still tell apart. Pure. */

const LARGEST = 16;
/** Below this cells cannot be told apart; blocks share cells then. In pixels, with the gap. */
const SMALLEST = 6;

export interface GridLayout {
  /** Distance of two cells, in pixels. */
  readonly step: number;
  readonly gap: number;
  readonly columns: number;
  readonly cells: number;
  readonly blocksPerCell: number;
  readonly height: number;
}

export function gridLayout(blocks: number, width: number, mostHeight: number): GridLayout {
  let step = LARGEST;
  while (step > SMALLEST && Math.ceil(blocks / Math.floor(width / step)) * step > mostHeight) step--;
  const columns = Math.max(1, Math.floor(width / step));
  const capacity = columns * Math.max(1, Math.floor(mostHeight / step));
  const blocksPerCell = Math.max(1, Math.ceil(blocks / capacity));
  const cells = Math.ceil(blocks / blocksPerCell);
  const height = Math.max(1, Math.ceil(cells / columns)) * step;
  return { step, gap: Math.max(1, Math.round(step / 7)), columns, cells, blocksPerCell, height };
}

/** The cell at a point of the grid; undefined beside the cells. */
export function cellAt({ step, columns, cells }: GridLayout, x: number, y: number): number | undefined {
  const column = Math.floor(x / step);
  const cell = Math.floor(y / step) * columns + column;
  return x >= 0 && y >= 0 && column < columns && cell < cells ? cell : undefined;
}

export function sameLayout(a: GridLayout, b: GridLayout): boolean {
  return (
    a.step === b.step && a.columns === b.columns && a.cells === b.cells && a.blocksPerCell === b.blocksPerCell
  );
}
