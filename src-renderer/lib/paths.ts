/** Paths below the root of a job: parts joined by `/`, the root empty. Pure. */

export function joinPath(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

export function parentPath(path: string): string {
  const end = path.lastIndexOf('/');
  return end === -1 ? '' : path.slice(0, end);
}

export interface Crumb {
  readonly name: string;
  readonly path: string;
}

/** The folders on the way to `path`, the outermost first, without the root. */
export function crumbsOf(path: string): readonly Crumb[] {
  if (path === '') return [];
  const names = path.split('/');
  return names.map((name, index) => ({ name, path: names.slice(0, index + 1).join('/') }));
}
