/** The version of the package that is running. */
import { readFileSync } from 'node:fs';

/** The same distance from the sources and from what is built of them. */
export function productVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
}
