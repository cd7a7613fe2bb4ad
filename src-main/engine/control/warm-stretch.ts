/**
 * Brings files into the cache a stretch at a time, as long as somebody asks for the next one. Nothing is held in between: where
 * to go on is a text that the asker keeps, so it goes on after a restart of the engine, too.
 */
import type { DiskCache } from '../cache/disk-cache.ts';
import type { Clock } from '../clock.ts';
import { GhostError } from '../errors.ts';
import type { GhostFs } from '../ghostfs.ts';
import { warm, type WarmPosition } from '../prefetch/warming.ts';
import { amountBelow, FILES_PER_PAGE, type AskedCatalogues, type FilesPlace } from './file-pages.ts';
import { plain } from './pin-keeper.ts';
import type { WarmedStretch } from './protocol.ts';

/** Often enough for a progress bar, and for Ctrl-C to end it soon. */
const STRETCH_MS = 500;

export interface WarmStretchParts {
  readonly cache: DiskCache;
  readonly catalogues: AskedCatalogues;
  readonly clock: Clock;
  readonly mount: GhostFs;
}

interface Position extends WarmPosition {
  /** Of the page; undefined: the first. */
  readonly page: string | undefined;
}

/** Rejects with NOT_FOUND, or ARGUMENT_INVALID when so much cannot be in the cache at once. */
export async function warmStretch(
  { cache, catalogues, clock, mount }: WarmStretchParts,
  { database, job, path }: FilesPlace,
  from: string | undefined,
): Promise<WarmedStretch> {
  const place = { database, job, path: plain(path) };
  const total = from === undefined ? await amountBelow(catalogues, place) : undefined;
  if (total !== undefined) {
    const namespace = mount.cacheNamespace;
    await cache.pins.assertRoom({ namespace, path: place.path }, total.bytes, 'warmed');
  }
  const until = clock.now() + STRETCH_MS;
  const { page, ...position } = from === undefined ? START : positionOf(from);
  const { files, next } = await catalogues.ask('below', { ...place, from: page, limit: FILES_PER_PAGE });
  const warmed = await warm(
    files,
    {
      fetch: mount.warm,
      isCached: (key, block) => cache.figures.has(key, block),
      cachedBytes: (key) => cache.figures.fileUsage(key).bytes,
      goesOn: () => clock.now() < until,
    },
    position,
  );
  const { bytes, fetchedBytes, missed, gaveUp } = warmed;
  const after = warmed.next === undefined ? nextPage(next) : { page, ...warmed.next };
  return {
    next: after && JSON.stringify(after),
    bytes,
    fetchedBytes,
    missed,
    gaveUp,
    total: total && { files: total.files, bytes: total.bytes },
  };
}

const START: Position = { page: undefined, file: 0, block: 0 };

function nextPage(next: string | undefined): Position | undefined {
  return next === undefined ? undefined : { ...START, page: next };
}

function positionOf(text: string): Position {
  try {
    const { page, file, block } = JSON.parse(text) as Readonly<Record<keyof Position, unknown>>;
    if ((page === undefined || typeof page === 'string') && isIndex(file) && isIndex(block)) {
      return { page, file, block };
    }
  } catch {
    // As wrong as any other.
  }
  throw new GhostError('ARGUMENT_INVALID', 'This is not where an earlier answer ended.');
}

function isIndex(said: unknown): said is number {
  return Number.isSafeInteger(said) && Number(said) >= 0;
}
