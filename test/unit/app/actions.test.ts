/** What the tray's choices do, through a real dispatcher, and how the main process is a client of it. */
import { describe, expect, it } from 'vitest';
import { NearClient, RefusedCall } from '../../../src-main/app/near-client.ts';
import { performTrayAction } from '../../../src-main/app/tray-actions.ts';
import type { TrayAction } from '../../../src-main/app/tray-menu.ts';
import { GhostError } from '../../../src-main/engine/errors.ts';
import { contractProgram, NEAR } from '../../helpers/contract-program.ts';
import { turn, VirtualClock } from '../../helpers/virtual-clock.ts';

const JOB = '0000abcd-1';

function tray(answer: (method: string, input: unknown) => unknown, detach = true) {
  const program = contractProgram({ answer });
  const told: string[] = [];
  const client = new NearClient(program.dispatcher, NEAR, (sentence) => told.push(sentence));
  const perform = (action: TrayAction): Promise<void> =>
    performTrayAction(action, {
      client,
      show: (page) => told.push(`show ${page}`),
      quit: () => told.push('quit'),
      confirmDetach: async (sentence) => {
        told.push(`ask ${sentence}`);
        return await Promise.resolve(detach);
      },
      failed: (sentence) => told.push(`failed ${sentence}`),
    });
  return { perform, told, calls: program.calls };
}

/** In use until it is forced. */
function busy(_method: string, input: unknown): unknown {
  if ((input as { force: boolean }).force) return {};
  throw new GhostError('MOUNT_BUSY', 'vim uses it.');
}

describe('a choice in the tray', () => {
  it('becomes a call of the contract', async () => {
    const { perform, told, calls } = tray(() => ({}));
    await perform({ do: 'mount', job: JOB });
    await perform({ do: 'unmount', job: JOB });
    await perform({ do: 'open', job: JOB });
    await perform({ do: 'pause', paused: true });
    expect(calls).toEqual(['jobs.mount', 'jobs.unmount', 'jobs.open', 'fetching.pause']);
    expect(told).toEqual([]);
  });

  it('of the app itself needs no call', async () => {
    const { perform, told, calls } = tray(() => ({}));
    await perform({ do: 'show', page: 'settings' });
    await perform({ do: 'quit' });
    expect(told).toEqual(['show settings', 'quit']);
    expect(calls).toEqual([]);
  });

  it('detaches what is in use only after a yes', async () => {
    const yes = tray(busy);
    await yes.perform({ do: 'unmount', job: JOB });
    expect(yes.told).toEqual(['ask vim uses it.']);
    expect(yes.calls).toEqual(['jobs.unmount', 'jobs.unmount']);
    const no = tray(busy, false);
    await no.perform({ do: 'unmount', job: JOB });
    expect(no.calls).toEqual(['jobs.unmount']);
  });

  it('that fails is told', async () => {
    const { perform, told } = tray(() => {
      throw new GhostError('MOUNT_FAILED', 'FUSE is missing.');
    });
    await perform({ do: 'mount', job: JOB });
    await perform({ do: 'mount', job: 'no key' });
    expect(told[0]).toBe('failed FUSE is missing.');
    expect(told[1]).toContain('is not the key of a job');
  });
});

describe('the main process as a client', () => {
  it('gets results, and failures with their code', async () => {
    const { dispatcher } = contractProgram();
    const client = new NearClient(dispatcher, NEAR, () => {});
    expect((await client.call('app.info', {})).pid).toBe(process.pid);
    const failure = client.call('catalogues.refresh', {});
    await expect(failure).rejects.toBeInstanceOf(RefusedCall);
    await expect(failure).rejects.toMatchObject({
      code: 'CATALOGUE_BUSY',
      message: 'The catalogue is busy.',
    });
  });

  it('acknowledges every event, so that the next one comes, until it ends the subscription', async () => {
    const clock = new VirtualClock();
    const program = contractProgram({ clock });
    const client = new NearClient(program.dispatcher, NEAR, () => {});
    let events = 0;
    const end = client.subscribe('log', {}, () => (events += 1));
    await turn();
    for (let round = 0; round < 4; round += 1) {
      program.change();
      await clock.advance(250);
    }
    expect(events).toBe(5);
    end();
    end();
    expect(program.open()).toBe(0);
    client.subscribe('log', {}, () => {});
    await turn();
    const call = client.call('app.info', {});
    client.close();
    expect(program.open()).toBe(0);
    await expect(call).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await expect(client.call('app.info', {})).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });

  it('hears why a subscription cannot go on', async () => {
    const told: string[] = [];
    const { dispatcher } = contractProgram({
      event: () => {
        throw new GhostError('INTERNAL', 'Nothing there.');
      },
    });
    const client = new NearClient(dispatcher, NEAR, (sentence) => told.push(sentence));
    client.subscribe('log', {}, () => {});
    await turn();
    expect(told).toEqual(['Nothing there.']);
  });
});
