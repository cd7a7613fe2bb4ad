/** What is kept offline: asked for and given up by job and path, and shown with the reason where it does not get on. */
import type { EngineRequestName, EngineRequests, PinReport } from '../engine/control/protocol.ts';
import { GhostError } from '../engine/errors.ts';
import type { Input, Output, Pin } from '../ipc/contract.ts';
import type { JobRecord, JobRecords } from './job-records.ts';

type PinRequestName = Extract<EngineRequestName, 'cacheNamespace' | 'pin' | 'unpin' | 'warm'>;

export interface CachePinsOptions {
  readonly request: <Name extends PinRequestName>(
    name: Name,
    input: EngineRequests[Name]['input'],
  ) => Promise<EngineRequests[Name]['output']>;
  readonly records: JobRecords;
  /** What is pinned is another now. */
  readonly changed: () => void;
}

export class CachePins {
  readonly #options: CachePinsOptions;

  constructor(options: CachePinsOptions) {
    this.#options = options;
  }

  async pin({ job, path }: Input<'cache.pin'>): Promise<void> {
    const { request, records, changed } = this.#options;
    await request('pin', { ...records.get(job).place, path });
    changed();
  }

  async unpin({ job, namespace, path }: Input<'cache.unpin'>): Promise<Output<'cache.unpin'>> {
    const { request, records, changed } = this.#options;
    const chosen = job === undefined ? namespace : await request('cacheNamespace', records.get(job).place);
    if (chosen === undefined) throw new GhostError('ARGUMENT_INVALID', 'Say of which job.');
    const amount = await request('unpin', { namespace: chosen, path });
    changed();
    return { ...amount };
  }

  async warm({ job, path, from }: Input<'cache.warm'>): Promise<Output<'cache.warm'>> {
    const { request, records } = this.#options;
    const { next, total, ...warmed } = await request('warm', { ...records.get(job).place, path, from });
    return { ...warmed, next: next ?? null, total: total ?? null };
  }
}

/** `record`: the job it belongs to; undefined when it is not listed. */
export function shownPin(pin: PinReport, record: JobRecord | undefined, name: string): Pin {
  const { namespace, path, kind, files, bytes, cachedBytes, state } = pin;
  const reason = state === 'waiting' ? reasonOf(pin, record) : null;
  return {
    job: record?.place.key ?? null,
    namespace,
    name,
    path,
    kind,
    files,
    bytes,
    cachedBytes,
    state,
    reason,
  };
}

function reasonOf({ problem }: PinReport, record: JobRecord | undefined): string {
  if (record === undefined) return 'Its job is in no catalogue that is listed.';
  if (record.state !== 'mounted') return 'What is missing is fetched while its job is mounted.';
  if (record.source !== 'reachable' && record.sourceProblem !== undefined)
    return record.sourceProblem.sentence;
  return problem ?? 'What is missing is fetched in a moment.';
}
