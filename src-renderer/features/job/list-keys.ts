/** Where a key moves the cursor of a list of `total` rows, `page` of which are in sight. Undefined: not a key for it. Pure. */
export function cursorAfter(key: string, cursor: number, total: number, page: number): number | undefined {
  const to = (index: number): number => Math.min(total - 1, Math.max(0, index));
  switch (key) {
    case 'ArrowDown':
      return to(cursor + 1);
    case 'ArrowUp':
      return to(cursor - 1);
    case 'PageDown':
      return to(cursor + page);
    case 'PageUp':
      return to(cursor - page);
    case 'Home':
      return to(0);
    case 'End':
      return to(total - 1);
    default:
      return undefined;
  }
}
