/** The program's state as last heard: engine, jobs, catalogues, tasks. Parts that did not change keep their identity. */
import { create } from 'zustand';
import type { Job, State } from '../../src-main/ipc/contract.ts';
import { shareStructure } from '../lib/share-structure.ts';

export interface StateStore {
  /** Undefined until the first event. */
  readonly state: State | undefined;
}

export const useAppState = create<StateStore>(() => ({ state: undefined }));

export function setAppState(next: State): void {
  useAppState.setState(({ state }) => ({ state: shareStructure(state, next) }));
}

const NO_JOBS: readonly Job[] = [];

export function useJobs(): readonly Job[] {
  return useAppState(({ state }) => state?.jobs ?? NO_JOBS);
}

export function useJob(key: string): Job | undefined {
  return useAppState(({ state }) => state?.jobs.find((job) => job.key === key));
}
