/**
 * The catalogues of the settings and the jobs each lists, kept up to date while their files change. Invariant: a catalogue
 * that cannot be read for a moment keeps the jobs it had, and says what is wrong.
 */
import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Clock } from '../engine/clock.ts';
import type { ListedJob } from '../engine/control/protocol.ts';
import { GhostError } from '../engine/errors.ts';
import type { Problem } from '../ipc/contract.ts';
import type { Listing } from './job-records.ts';
import { problemOf } from './problem.ts';

/** A person who published something elsewhere looks here after about so long. */
const POLL_MS = 3_000;
/** A catalogue that takes long to list and changes all the time must not keep the engine busy: a tenth of the time at most. */
const REST_FACTOR = 10;

export interface CatalogueState extends Listing {
  readonly problem: Problem | undefined;
}

export interface CataloguesOptions {
  readonly clock: Clock;
  /** Rejects with ENGINE_AWAY while nobody can read a catalogue. */
  readonly list: (database: string) => Promise<readonly ListedJob[]>;
  readonly changed: () => void;
}

interface Watched extends CatalogueState {
  /** Of the file when it was last listed. */
  readonly signature: string;
  readonly restUntil: number;
}

export class Catalogues {
  readonly #options: CataloguesOptions;
  #paths: readonly string[] = [];
  #watched: ReadonlyMap<string, Watched> = new Map();
  /** Refreshes run one after the other, so that the last one saw the last change. */
  #queue: Promise<void> = Promise.resolve();
  #cancelPoll: (() => void) | undefined;
  #closed = false;

  constructor(options: CataloguesOptions) {
    this.#options = options;
    this.#poll();
  }

  /** In the order of the settings. */
  get states(): readonly CatalogueState[] {
    return this.#paths.map((path) => this.#watched.get(path) ?? unread(path));
  }

  /** Resolves when the new ones are listed. */
  async setPaths(paths: readonly string[]): Promise<void> {
    this.#paths = [...new Set(paths)];
    const fresh = this.#paths.filter((path) => !this.#watched.has(path));
    this.#watched = new Map([...this.#watched].filter(([path]) => this.#paths.includes(path)));
    this.#options.changed();
    await this.refresh(fresh);
  }

  /** Lists catalogues again: all unless some are named. */
  async refresh(paths: readonly string[] = this.#paths): Promise<void> {
    const refreshing = this.#queue.then(async () => {
      for (const path of paths) await this.#refresh(path);
    });
    this.#queue = refreshing;
    await refreshing;
  }

  close(): void {
    this.#closed = true;
    this.#cancelPoll?.();
  }

  async #refresh(path: string): Promise<void> {
    const { clock, list, changed } = this.#options;
    if (this.#closed || !this.#paths.includes(path)) return;
    const began = clock.now();
    // Before it is read: a change while it is being read is then seen by the next look.
    const signature = await signatureOf(path);
    const database = await realpath(path).catch(() => resolve(path));
    const known = this.#watched.get(path) ?? unread(path);
    const double = this.states.find(
      (other) =>
        other.catalogue !== path && other.database === database && this.#comesBefore(other.catalogue, path),
    );
    let state: CatalogueState;
    try {
      if (double !== undefined) {
        throw new GhostError(
          'ARGUMENT_INVALID',
          `It is the same file as ${double.catalogue}; remove one of the two.`,
        );
      }
      state = { catalogue: path, database, jobs: await list(database), problem: undefined };
    } catch (error) {
      // Nobody to ask is no fault of the catalogue's; it is listed when there is.
      if (error instanceof GhostError && error.code === 'ENGINE_AWAY') return;
      const gone = double !== undefined || (error instanceof GhostError && error.code === 'NOT_FOUND');
      state = { catalogue: path, database, jobs: gone ? [] : known.jobs, problem: problemOf(error) };
    }
    const took = clock.now() - began;
    this.#watched = new Map(this.#watched).set(path, {
      ...state,
      signature,
      restUntil: clock.now() + took * REST_FACTOR,
    });
    changed();
  }

  #comesBefore(one: string, other: string): boolean {
    return this.#paths.indexOf(one) < this.#paths.indexOf(other);
  }

  #poll(): void {
    this.#cancelPoll = this.#options.clock.after(POLL_MS, () => {
      void this.#refreshChanged().finally(() => {
        if (!this.#closed) this.#poll();
      });
    });
  }

  async #refreshChanged(): Promise<void> {
    const now = this.#options.clock.now();
    const changed: string[] = [];
    for (const path of this.#paths) {
      const known = this.#watched.get(path);
      if (known !== undefined && known.restUntil > now) continue;
      if (known?.signature !== (await signatureOf(path))) changed.push(path);
    }
    if (changed.length > 0) await this.refresh(changed);
  }
}

function unread(path: string): CatalogueState {
  return { catalogue: path, database: resolve(path), jobs: [], problem: undefined };
}

/** Tells whether the file, or the journal beside it that holds its latest changes, was written. */
async function signatureOf(path: string): Promise<string> {
  const parts = await Promise.all(
    [path, `${path}-wal`].map((file) =>
      stat(file).then(
        ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
        () => 'missing',
      ),
    ),
  );
  return parts.join(', ');
}
