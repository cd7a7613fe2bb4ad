/** Amounts of bytes in the engine's sentences: `1.5 GiB`. */
const STEP = 1024;
const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

export function sizeText(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log(Math.max(1, bytes)) / Math.log(STEP)));
  return `${Math.round((bytes / STEP ** power) * 10) / 10} ${UNITS[power]}`;
}
