/**
 * The catalogues of the settings and the jobs each lists, kept up to date while their files change. Invariant: a catalogue
 * that cannot be read for a moment keeps the jobs it had, and says what is wrong; a file is listed once, however many ways
 * lead to it.
 */
import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
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
  /** Whether it was looked at since it was added, with or without success. */
  readonly isRead: boolean;
  /** Whether a job could be added, as far as is known. */
  readonly writable: boolean;
}

export interface CataloguesOptions {
  readonly clock: Clock;
  /** Rejects with ENGINE_AWAY while nobody can read a catalogue. */
  readonly list: (database: string) => Promise<readonly ListedJob[]>;
  /** Whether a catalogue is listed at once, without waiting for an engine that starts. */
  readonly isReady: () => boolean;
  readonly changed: () => void;
}

interface Watched extends Omit<CatalogueState, 'catalogue'> {
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
    const firsts = new Map<string, string>();
    return this.#paths.map((catalogue) => {
      const { signature: _, restUntil: __, ...known } = this.#known(catalogue);
      const first = firsts.get(known.database);
      if (first !== undefined) return { ...known, catalogue, jobs: [], problem: sameFile(catalogue, first) };
      firsts.set(known.database, catalogue);
      return { ...known, catalogue };
    });
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
    // A failure is for who asked; it must not keep what is asked later from being done.
    this.#queue = refreshing.catch(() => {});
    await refreshing;
  }

  close(): void {
    this.#closed = true;
    this.#cancelPoll?.();
  }

  async #refresh(path: string): Promise<void> {
    const { clock, list, isReady, changed } = this.#options;
    if (!this.#isListed(path)) return;
    const known = this.#known(path);
    const file = await realpath(path).catch(() => undefined);
    // What is gone for a moment keeps the name that its jobs are known by.
    const database = file ?? known.database;
    // Before it is read: a change while it is being read is then seen by the next look.
    const signature = await signatureOf(file);
    const writable = file !== undefined && (await isWritable(file));
    let jobs: readonly ListedJob[];
    let problem: Problem | undefined;
    const began = isReady() ? clock.now() : undefined;
    try {
      jobs = await list(file ?? path);
    } catch (error) {
      // Nobody to ask is no fault of the catalogue's; it is listed when there is.
      if (error instanceof GhostError && error.code === 'ENGINE_AWAY') return;
      const gone = error instanceof GhostError && error.code === 'NOT_FOUND';
      // A link may lead to another file now, and the jobs of the one before are none of its own.
      jobs = gone || known.database !== database ? [] : known.jobs;
      problem = problemOf(error);
    }
    // It may have been taken from the list meanwhile.
    if (!this.#isListed(path)) return;
    const now = clock.now();
    // A wait for the engine to start says nothing of how long listing takes.
    const restUntil = now + (now - (began ?? now)) * REST_FACTOR;
    this.#watched = new Map(this.#watched).set(path, {
      database,
      jobs,
      problem,
      isRead: true,
      writable,
      signature,
      restUntil,
    });
    changed();
  }

  #known(path: string): Watched {
    return this.#watched.get(path) ?? { ...UNREAD, database: resolve(path) };
  }

  #isListed(path: string): boolean {
    return !this.#closed && this.#paths.includes(path);
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
      const { restUntil, signature } = this.#known(path);
      if (restUntil > now) continue;
      const file = await realpath(path).catch(() => undefined);
      if (signature !== (await signatureOf(file))) changed.push(path);
    }
    if (changed.length > 0) await this.refresh(changed);
  }
}

const UNREAD = { jobs: [], problem: undefined, isRead: false, writable: true, signature: '', restUntil: 0 };

function sameFile(path: string, first: string): Problem {
  const sentence = `The catalogue ${path} is the same file as ${first}; remove one of the two.`;
  return { code: 'ARGUMENT_INVALID', sentence };
}

/** Tells whether another file is there now, or whether it, or the journal that holds its latest changes, was written. */
async function signatureOf(file: string | undefined): Promise<string> {
  if (file === undefined) return 'missing';
  const parts = await Promise.all(
    [file, `${file}-wal`].map((part) =>
      stat(part).then(
        ({ dev, ino, size, mtimeMs, ctimeMs }) => [dev, ino, size, mtimeMs, ctimeMs].join(' '),
        () => 'missing',
      ),
    ),
  );
  return [file, ...parts].join(', ');
}

async function isWritable(file: string): Promise<boolean> {
  try {
    // SQLite keeps its journal beside the file, so the directory counts too.
    await Promise.all([file, dirname(file)].map((path) => access(path, constants.W_OK)));
    return true;
  } catch {
    return false;
  }
}
