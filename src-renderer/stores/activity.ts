/** What moves now, as last heard. Parts that did not change keep their identity. */
import { create } from 'zustand';
import type { Activity } from '../../src-main/ipc/contract.ts';
import { shareStructure } from '../lib/share-structure.ts';

export interface ActivityStore {
  /** Undefined until the first event. */
  readonly activity: Activity | undefined;
  /** When it was heard, by this machine's clock. */
  readonly heardAt: number;
}

export const useActivity = create<ActivityStore>(() => ({ activity: undefined, heardAt: 0 }));

export function setActivity(next: Activity): void {
  useActivity.setState(({ activity }) => ({ activity: shareStructure(activity, next), heardAt: Date.now() }));
}

export type JobActivity = Activity['jobs'][number];

export function useJobActivity(key: string): JobActivity | undefined {
  return useActivity(({ activity }) => activity?.jobs.find(({ job }) => job === key));
}
