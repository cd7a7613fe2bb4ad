/**
 * Keeps the focus of a page of two halves, a list and what is selected in it. On a narrow screen they take turns, and the half
 * that goes would take the focus with it: the other one gets it.
 */
import { useEffect, useRef, type RefObject } from 'react';

/** `list` holds the grid; `detail` what is selected, with a heading that can be focused. */
export function useFocusInHalves(
  selected: string | undefined,
  list: RefObject<HTMLElement | null>,
  detail: RefObject<HTMLElement | null>,
): void {
  const before = useRef(selected);
  useEffect(() => {
    if (before.current === selected) return;
    before.current = selected;
    const grid = list.current?.querySelector<HTMLElement>('[role=grid]');
    const isLost = document.activeElement === document.body;
    if (selected === undefined && isLost) grid?.focus();
    if (selected !== undefined && grid?.checkVisibility() !== true)
      detail.current?.querySelector<HTMLElement>('h2')?.focus();
  }, [selected, list, detail]);
}
