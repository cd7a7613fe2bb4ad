/**
 * Checks where readers will be told to find the bytes, before anything is read. Invariant: what comes out can be opened by
 * whoever gets the catalogue, from any working directory, and tells nobody a password.
 */
import { resolve } from 'node:path';
import { openSource } from '../wormhole/sources/open-source.ts';
import { invalidSource, schemeOf } from '../wormhole/sources/source-uri.ts';

/** The sources as the catalogue stores them, in the same order. Rejects with SOURCE_INVALID for one that cannot work. */
export async function checkedSources(sources: readonly string[]): Promise<readonly string[]> {
  const checked: string[] = [];
  for (const source of sources) {
    await openSource(source).close();
    const url = URL.parse(source);
    if (url !== null && (url.username !== '' || url.password !== '')) {
      throw invalidSource(
        source,
        'carries a user or password, which the catalogue would tell everybody who gets it; give it without.',
      );
    }
    checked.push(schemeOf(source) === undefined ? resolve(source) : source);
  }
  return checked;
}
