/**
 * The entries of one folder for a list that scrolls: asks for the pages in sight, and again when the cache has changed so that
 * hydration stays true. Used with a key per folder.
 */
import { useCallback, useEffect, useReducer, useRef, useState } from 'react';
import { bridge } from '../../bridge/bridge.ts';
import { sentenceOf } from '../../bridge/failure.ts';
import { FilePages, PAGE_SIZE } from './file-pages.ts';

/** How often a page in sight is asked for again while blocks arrive. */
const REFRESH_MS = 2_000;

export interface Files {
  readonly pages: FilePages;
  /** The list shows these entries now. */
  readonly show: (first: number, last: number) => void;
  readonly retry: () => void;
}

/** `version`: any value that changes when the cached bytes of the files may have. */
export function useFiles(job: string, path: string, version: unknown): Files {
  const [pages] = useState(() => new FilePages());
  // The pages change in place: each answer renders anew.
  const [, answered] = useReducer((count: number) => count + 1, 0);
  const sight = useRef<readonly [number, number]>([0, 0]);

  const fetchPages = useCallback(
    (again: boolean) => {
      for (const page of pages.missing(...sight.current, again)) {
        bridge.call('files.list', { job, path, offset: page * PAGE_SIZE, limit: PAGE_SIZE }).then(
          ({ entries, total }) => {
            pages.put(page, entries, total);
            answered();
          },
          (cause: unknown) => {
            pages.failed(page, sentenceOf(cause));
            answered();
          },
        );
      }
    },
    [job, path, pages],
  );

  useEffect(() => fetchPages(false), [fetchPages]);

  // A stream of changes must not put the refresh off for ever: the first of them sets the timer, later ones find it set.
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const known = useRef(version);
  useEffect(() => {
    if (known.current === version) return;
    known.current = version;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      fetchPages(true);
    }, REFRESH_MS);
  }, [version, fetchPages]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );

  const show = useCallback(
    (first: number, last: number) => {
      sight.current = [first, last];
      fetchPages(false);
    },
    [fetchPages],
  );
  return { pages, show, retry: () => fetchPages(false) };
}
