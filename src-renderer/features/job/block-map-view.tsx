/**
 * The blocks of the selected file: a strip of the whole, a grid, and the counts as a table for everybody who cannot or will
 * not read colours. Draws after a change and while reads glow, four times a second at most, never while hidden.
 */
import { useEffect, useState, type PointerEvent } from 'react';
import { Section } from '../../components/page.tsx';
import { useCanvas } from '../../components/use-canvas.ts';
import { formatBytes, formatCount, formatPercent } from '../../lib/format.ts';
import { STATES, STATE_LABELS } from '../../lib/block-states.ts';
import type { BlockMap } from '../../stores/block-map.ts';
import { fadeReads, followBlocks, useBlocks } from '../../stores/blocks.ts';
import { BlockCounts } from './block-counts.tsx';
import styles from './block-map-view.module.css';
import { cellAt, gridLayout, sameLayout, type GridLayout } from './grid-layout.ts';
import { paintGrid, paintStrip } from './paint-blocks.ts';
import { reduceBlocks } from './reduce-blocks.ts';

/** Enough for 2,000 cells in a panel of usual width, without pushing the table out of sight. In pixels. */
const GRID_HEIGHT = 192;
/** Fading in a few steps is calm, and costs nearly nothing. */
const GLOW_STEP_MS = 250;

export function BlockMapView({ job, path }: { readonly job: string; readonly path: string }) {
  useEffect(() => followBlocks(job, path), [job, path]);
  const map = useBlocks((store) => store.map);
  const revision = useBlocks((store) => store.revision);
  const problem = useBlocks((store) => store.problem);
  const [pointed, setPointed] = useState<number>();
  const [layout, setLayout] = useState<GridLayout>();

  const { canvas: strip, draw: drawStrip } = useCanvas(
    (surface) => map && paintStrip(surface, map, Date.now()),
  );
  const { canvas: grid, draw: drawGrid } = useCanvas((surface) => {
    if (map === undefined) return;
    const fitting = gridLayout(map.states.length, surface.width, GRID_HEIGHT);
    paintGrid(surface, map, fitting, Date.now());
    // The same layout again renders nothing.
    setLayout((before) => (before !== undefined && sameLayout(before, fitting) ? before : fitting));
  });

  useEffect(() => {
    drawStrip();
    drawGrid();
    if (map === undefined || map.reads.length === 0) return undefined;
    const timer = setInterval(() => {
      fadeReads(Date.now());
      drawStrip();
      drawGrid();
    }, GLOW_STEP_MS);
    return () => clearInterval(timer);
  }, [map, revision, drawStrip, drawGrid]);

  const point = ({ nativeEvent: { offsetX, offsetY } }: PointerEvent) => {
    setPointed(layout && cellAt(layout, offsetX, offsetY));
  };

  const blocks = map?.states.length ?? 0;
  const here = (map?.counts[STATES.indexOf('cached')] ?? 0) + (map?.counts[STATES.indexOf('pinned')] ?? 0);
  const summary =
    map === undefined
      ? 'Block map, not known yet'
      : `Block map: ${formatCount(here)} of ${formatCount(blocks)} blocks are cached, ${formatPercent(here, blocks)}`;
  return (
    <Section
      title="Blocks"
      aside={<p className={styles.caption}>{problem ?? (map && layout && caption(map, layout, pointed))}</p>}
    >
      <canvas ref={strip} className={styles.strip} role="img" aria-label={`${summary}. Overview.`} />
      <canvas
        ref={grid}
        className={styles.grid}
        style={{ height: layout?.height ?? GRID_HEIGHT }}
        role="img"
        aria-label={summary}
        onPointerMove={point}
        onPointerLeave={() => setPointed(undefined)}
      />
      {map !== undefined && <BlockCounts map={map} revision={revision} />}
    </Section>
  );
}

function caption(map: BlockMap, { blocksPerCell }: GridLayout, pointed: number | undefined): string {
  if (pointed !== undefined) {
    const first = pointed * blocksPerCell;
    const blocks = map.states.subarray(first, first + blocksPerCell);
    const [state] = reduceBlocks(blocks, 1).states;
    const last = first + blocks.length - 1;
    const which =
      blocks.length === 1
        ? `Block ${formatCount(first)}`
        : `Blocks ${formatCount(first)}–${formatCount(last)}`;
    return `${which}: ${STATE_LABELS[STATES[state ?? 0] ?? 'missing'].toLowerCase()}`;
  }
  return blocksPerCell === 1
    ? `One square is one block of ${formatBytes(map.blockSize)}`
    : `One square is ${formatCount(blocksPerCell)} blocks of ${formatBytes(map.blockSize)}`;
}
