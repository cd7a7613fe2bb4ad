/** Puts down what a pin means in its catalogue now: every file below its path, in the version that a mount would open. */
import type { DiskCache } from '../cache/disk-cache.ts';
import type { Pin } from '../cache/pin-list.ts';
import type { CataloguePlace } from './catalogue-messages.ts';
import { filePages, type AskedCatalogues } from './file-pages.ts';

let lastRound = 0;

/** For `Pins.add` and `Pins.renew` to call. Rejects as the catalogue does; then nothing is dropped. */
export async function notePin(
  cache: Pick<DiskCache, 'pins'>,
  catalogues: AskedCatalogues,
  { database, job }: CataloguePlace,
  { namespace, path }: Pin,
): Promise<void> {
  // Of no earlier process either.
  const round = (lastRound = Math.max(Date.now(), lastRound + 1));
  for await (const { files } of filePages(catalogues, { database, job, path })) {
    const versions = files.map(({ key, size, path: place }) => ({ key, bytes: size, path: place }));
    await cache.pins.keep(namespace, versions, round);
  }
  await cache.pins.dropOthers({ namespace, path }, round);
}
