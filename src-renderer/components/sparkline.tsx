/** A line of the last samples on a canvas. Draws only when samples, size or colours changed; the number stands beside it. */
import { useEffect, useRef } from 'react';
import { useCanvas, type Surface } from './use-canvas.ts';
import styles from './sparkline.module.css';

export interface SparklineSeries {
  /** A registered colour variable: `--line-fetched`. */
  readonly color: string;
  readonly samples: readonly number[];
  readonly filled?: boolean;
}

export interface SparklineProps {
  /** Says in words what the line shows, with its latest and highest value. */
  readonly label: string;
  readonly series: readonly SparklineSeries[];
  /** Samples from edge to edge; fewer stand at the right. */
  readonly span: number;
  /** The top of the scale at least, so that a whisper does not look like a storm. */
  readonly floor?: number;
  readonly height?: 'row' | 'chart';
}

export function Sparkline({ label, series, span, floor = 1, height = 'row' }: SparklineProps) {
  const latest = useRef({ series, span, floor });
  const { canvas, draw } = useCanvas((surface) => paint(surface, latest.current));
  useEffect(() => {
    latest.current = { series, span, floor };
    draw();
  }, [series, span, floor, draw]);
  return <canvas ref={canvas} className={styles[height]} role="img" aria-label={label} />;
}

type Painting = Required<Pick<SparklineProps, 'series' | 'span' | 'floor'>>;

function paint(surface: Surface, { series, span, floor }: Painting): void {
  const { context, width, height, color } = surface;
  context.clearRect(0, 0, width, height);
  const top = Math.max(floor, ...series.flatMap(({ samples }) => samples));
  const step = width / Math.max(1, span - 1);
  for (const { samples, color: name, filled = false } of series) {
    if (samples.length < 2) continue;
    const start = width - (samples.length - 1) * step;
    context.beginPath();
    samples.forEach((sample, index) => {
      // One pixel of room on both sides, so that the line is whole at zero and at the top.
      context.lineTo(start + index * step, height - 1 - (sample / top) * (height - 2.5));
    });
    context.strokeStyle = color(name);
    context.lineWidth = 1.5;
    context.lineJoin = 'round';
    context.stroke();
    if (!filled) continue;
    context.lineTo(width, height);
    context.lineTo(start, height);
    context.globalAlpha = 0.14;
    context.fillStyle = color(name);
    context.fill();
    context.globalAlpha = 1;
  }
}
