/** The cache as last heard. Followed only while a page shows it: `useCacheStatus` subscribes and cancels. */
import { useEffect } from 'react';
import { create } from 'zustand';
import type { CacheStatus } from '../../src-main/ipc/contract.ts';
import { bridge } from '../bridge/bridge.ts';
import { shareStructure } from '../lib/share-structure.ts';

interface CacheStore {
  readonly status: CacheStatus | undefined;
}

const useCache = create<CacheStore>(() => ({ status: undefined }));

/** Undefined until the first event. */
export function useCacheStatus(): CacheStatus | undefined {
  useEffect(
    () =>
      bridge.subscribe('cache', {}, (next) =>
        useCache.setState(({ status }) => ({ status: shareStructure(status, next) })),
      ),
    [],
  );
  return useCache(({ status }) => status);
}
