/** Whether the screen hears from the program, and since when not. */
import { create } from 'zustand';
import type { ConnectionPhase } from '../bridge/connection.ts';
import type { Output } from '../../src-main/ipc/contract.ts';

export interface ConnectionStore {
  readonly phase: ConnectionPhase;
  /** When the phase began; of a loss, as of when that is which is shown. */
  readonly since: number;
  /** What this host can do with files; all false until it is known. */
  readonly can: Output<'app.info'>['can'];
  readonly version: string;
}

export const useConnection = create<ConnectionStore>(() => ({
  phase: 'connecting',
  since: Date.now(),
  can: { reveal: false, drag: false, download: false, choose: false },
  version: '',
}));

export function setPhase(phase: ConnectionPhase, since: number): void {
  // Tries in a row are one loss; its age counts from the first.
  if (useConnection.getState().phase !== phase) useConnection.setState({ phase, since });
}

export function setAppInfo({ can, version }: Output<'app.info'>): void {
  useConnection.setState({ can, version });
}
