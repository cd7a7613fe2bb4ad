/** What a published tree is called when nobody says. */
import { basename, resolve } from 'node:path';

/** The last part of a path or URL; the whole where it has none. */
export function defaultName(directory: string): string {
  const url = /^[a-z][a-z0-9+.-]+:/i.test(directory) ? URL.parse(directory) : null;
  if (url === null) return basename(resolve(directory)) || directory;
  return decoded(basename(url.pathname)) || url.host || directory;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
