/** Amounts of bytes as people write them in settings: `20GiB`, `500MB`, `1.5T`. A single letter counts by 1024, as in `du`. */

const UNITS: Readonly<Record<string, number>> = {
  tib: 1024 ** 4,
  tb: 1000 ** 4,
  gib: 1024 ** 3,
  gb: 1000 ** 3,
  mib: 1024 ** 2,
  mb: 1000 ** 2,
  kib: 1024,
  kb: 1000,
  t: 1024 ** 4,
  g: 1024 ** 3,
  m: 1024 ** 2,
  k: 1024,
  b: 1,
  '': 1,
};
/** Tried in this order, so that what was typed comes back. */
const SHOWN = ['TiB', 'TB', 'GiB', 'GB', 'MiB', 'MB', 'KiB', 'KB'] as const;

/** Whole bytes, or undefined for what is no size. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text.trim());
  const unit = UNITS[match?.[2]?.toLowerCase() ?? 'none'];
  return match === null || unit === undefined ? undefined : Math.round(Number(match[1]) * unit);
}

/** The shortest way to write exactly this many bytes. */
export function formatSize(bytes: number): string {
  const fitting = SHOWN.map((name) => ({ name, count: bytes / (UNITS[name.toLowerCase()] ?? 1) }))
    .filter(({ count }) => count >= 1 && Number.isInteger(count * 10))
    .map(({ name, count }) => `${count}${name}`);
  return fitting.find((shown) => parseSize(shown) === bytes) ?? `${bytes}`;
}
