/**
 * Carries out what a person chose in the tray, through the contract like every other client. Invariant: a choice that fails
 * is told to the person, and nothing in use is unmounted without a question.
 */
import type { NearClient } from './near-client.ts';
import { RefusedCall } from './near-client.ts';
import type { TrayAction } from './tray-menu.ts';

export interface TrayActionOptions {
  readonly client: Pick<NearClient, 'call'>;
  readonly show: (page: 'dashboard' | 'settings') => void;
  readonly quit: () => void;
  /** Whether a job that is in use is to be unmounted all the same. */
  readonly confirmDetach: (sentence: string) => Promise<boolean>;
  readonly failed: (sentence: string) => void;
}

/** Never rejects. */
export async function performTrayAction(action: TrayAction, options: TrayActionOptions): Promise<void> {
  const { client, show, quit, failed } = options;
  try {
    switch (action.do) {
      case 'mount':
        await client.call('jobs.mount', { job: action.job });
        break;
      case 'unmount':
        await unmount(action.job, options);
        break;
      case 'open':
        await client.call('jobs.open', { job: action.job });
        break;
      case 'pause':
        await client.call('fetching.pause', { paused: action.paused });
        break;
      case 'show':
        show(action.page);
        break;
      case 'quit':
        quit();
    }
  } catch (error) {
    failed(error instanceof Error ? error.message : String(error));
  }
}

async function unmount(job: string, { client, confirmDetach }: TrayActionOptions): Promise<void> {
  try {
    await client.call('jobs.unmount', { job, force: false });
  } catch (error) {
    const busy = error instanceof RefusedCall && error.code === 'MOUNT_BUSY';
    if (!busy) throw error;
    if (await confirmDetach(error.message)) await client.call('jobs.unmount', { job, force: true });
  }
}
