/** Numbers as people read them. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
const STEP = 1024;

/** `1.5 GiB`; below a KiB whole bytes, above one digit after the point where it says something. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // What would be printed as 1024 is 1 of the next unit.
  while (unit < UNITS.length - 1 && value >= (unit === 0 ? 1023.5 : 1023.95)) {
    value /= STEP;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(value) : Number(value.toFixed(1))} ${UNITS[unit] ?? ''}`;
}

/** `1 MiB in 1 block`. */
export function formatBlocks({ bytes, blocks }: { readonly bytes: number; readonly blocks: number }): string {
  return `${formatBytes(bytes)} in ${blocks === 1 ? '1 block' : `${formatCount(blocks)} blocks`}`;
}

const WHOLE = new Intl.NumberFormat('en');

/** `10,000`. */
export function formatCount(count: number): string {
  return WHOLE.format(count);
}
