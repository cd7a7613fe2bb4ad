/** All files below a path of a job, a page after the other from the thread that looks into catalogues. */
import { GhostError } from '../errors.ts';
import type { Amount } from '../cache/pins.ts';
import type { CataloguePlace, FilesBelow } from './catalogue-messages.ts';
import type { Catalogues } from './catalogues.ts';

/** Small enough that a screen's question in between is answered at once, and that the event loop hardly notices one. */
export const FILES_PER_PAGE = 500;

export interface FilesPlace extends CataloguePlace {
  readonly path: string;
}

export interface FilesPage extends FilesBelow {
  /** What it was asked with. */
  readonly from: string | undefined;
}

export type AskedCatalogues = Pick<Catalogues, 'ask'>;

/** Throws NOT_FOUND and what the catalogue says. */
export async function* filePages(
  catalogues: AskedCatalogues,
  { database, job, path }: FilesPlace,
  first?: string,
): AsyncGenerator<FilesPage> {
  for (let from = first; ;) {
    const page = await catalogues.ask('below', { database, job, path, from, limit: FILES_PER_PAGE });
    yield { ...page, from };
    if (page.next === undefined) return;
    from = page.next;
  }
}

/** What all of them are together. Throws as `filePages`. */
export async function amountBelow(
  catalogues: AskedCatalogues,
  place: FilesPlace,
): Promise<Amount & Pick<FilesBelow, 'kind'>> {
  let amount: (Amount & Pick<FilesBelow, 'kind'>) | undefined;
  for await (const { kind, files } of filePages(catalogues, place)) {
    const bytes = files.reduce((sum, { size }) => sum + size, amount?.bytes ?? 0);
    amount = { kind, files: (amount?.files ?? 0) + files.length, bytes };
  }
  if (amount !== undefined) return amount;
  throw new GhostError('INTERNAL', 'The catalogue gave no page.');
}
