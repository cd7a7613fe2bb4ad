/**
 * A canvas that follows its element's size, the pixel ratio and the theme. `draw` asks for one painting in the next frame;
 * asking again before it is free, and a hidden page gets no frames at all.
 */
import { useCallback, useEffect, useRef, type RefObject } from 'react';

export interface Surface {
  readonly context: CanvasRenderingContext2D;
  /** In CSS pixels; the context is scaled. */
  readonly width: number;
  readonly height: number;
  /** The present value of a registered colour variable. */
  readonly color: (variable: string) => string;
}

export function useCanvas(paint: (surface: Surface) => void): {
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  readonly draw: () => void;
} {
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useRef(paint);
  const frame = useRef(0);
  useEffect(() => {
    painter.current = paint;
  });

  const draw = useCallback(() => {
    if (frame.current !== 0) return;
    frame.current = requestAnimationFrame(() => {
      frame.current = 0;
      const surface = canvas.current && surfaceOf(canvas.current);
      if (surface) painter.current(surface);
    });
  }, []);

  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const resized = new ResizeObserver(draw);
    resized.observe(element);
    // The theme is an attribute of the root, or the system's choice.
    const themed = new MutationObserver(draw);
    themed.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', draw);
    return () => {
      resized.disconnect();
      themed.disconnect();
      dark.removeEventListener('change', draw);
      cancelAnimationFrame(frame.current);
      frame.current = 0;
    };
  }, [draw]);

  return { canvas, draw };
}

function surfaceOf(canvas: HTMLCanvasElement): Surface | undefined {
  const context = canvas.getContext('2d');
  const { clientWidth: width, clientHeight: height } = canvas;
  if (context === null || width === 0 || height === 0) return undefined;
  const ratio = devicePixelRatio;
  const [pixelsX, pixelsY] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== pixelsX || canvas.height !== pixelsY) {
    canvas.width = pixelsX;
    canvas.height = pixelsY;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const style = getComputedStyle(canvas);
  return { context, width, height, color: (variable) => style.getPropertyValue(variable) };
}
