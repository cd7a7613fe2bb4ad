/**
 * What a person does to the list of catalogues: adds, removes, publishes into. The settings keep the list; here stands what
 * must hold before it is changed.
 */
import { realpath } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { demoPlaces } from '../demo/demo.ts';
import type { JobKey, ListedJob } from '../engine/control/protocol.ts';
import { GhostError, messageOf } from '../engine/errors.ts';
import { makeDirectory } from '../engine/make-directory.ts';
import type { Catalogues, CatalogueState } from './catalogues.ts';
import { jobKey } from './job-keys.ts';
import { isUsed, type JobRecords } from './job-records.ts';
import { FIELDS } from './settings/fields.ts';
import type { SettingsStore } from './settings/settings.ts';

/** The person's own, like everything below a data directory. */
const DIRECTORY_MODE = 0o700;

export interface CatalogueListOptions {
  readonly settings: SettingsStore;
  readonly catalogues: Catalogues;
  readonly records: JobRecords;
  /** Where a catalogue is made when there is none to publish into. */
  readonly dataDirectory: string;
  /** Rejects with what is wrong with the file. */
  readonly list: (database: string) => Promise<readonly ListedJob[]>;
}

export class CatalogueList {
  readonly #options: CatalogueListOptions;

  constructor(options: CatalogueListOptions) {
    this.#options = options;
  }

  /** In the order of the settings. */
  get states(): readonly CatalogueState[] {
    return this.#options.catalogues.states;
  }

  /** The jobs in it. Rejects with what is wrong with the file; then nothing was added. */
  async add(path: string): Promise<readonly JobKey[]> {
    const { records, list } = this.#options;
    const database = await realpath(path).catch(() => path);
    // The engine opens it, so that a file that is no catalogue is never added.
    await list(database);
    await this.#include(path, database);
    return records.all.filter(({ place }) => place.database === database).map(({ place }) => place.key);
  }

  /** Rejects with MOUNT_BUSY while a job of it is mounted, NOT_FOUND when it is not listed. */
  async remove(path: string): Promise<void> {
    const { settings, records } = this.#options;
    const { catalogues } = settings.values;
    const name = this.#listed(path);
    const used = records.all.find((record) => record.catalogue === name && isUsed(record));
    if (used !== undefined) {
      throw new GhostError(
        'MOUNT_BUSY',
        `A job of ${path} is mounted at ${used.mountPoint ?? ''}; unmount it first.`,
      );
    }
    await this.#set(catalogues.filter((catalogue) => catalogue !== name));
  }

  /**
   * The catalogue to publish into: the one named, or the first that can be written to and is not the demo's, or one to be made.
   * Throws NOT_FOUND when the one named is not listed.
   */
  target(named?: string): string {
    const { catalogues, dataDirectory } = this.#options;
    if (named !== undefined) return this.#listed(named);
    const demo = demoPlaces({ data: dataDirectory }).database;
    const usable = catalogues.states.find(
      ({ catalogue, problem, writable }) => problem === undefined && writable && catalogue !== demo,
    );
    return usable?.catalogue ?? join(dataDirectory, 'magnetar.db');
  }

  /** `target`, in a directory that is there. Throws PERMISSION_DENIED when it cannot be made. */
  preparedTarget(named?: string): string {
    const path = this.target(named);
    const directory = dirname(path);
    try {
      if (named === undefined) makeDirectory(directory, DIRECTORY_MODE);
    } catch (cause) {
      throw new GhostError(
        'PERMISSION_DENIED',
        `A catalogue cannot be made in ${directory} (${messageOf(cause)}); add one that can be written to and publish into that.`,
        { cause },
      );
    }
    return path;
  }

  /** The key of a job that was published, which is listed then. */
  async published(path: string, job: number): Promise<JobKey | undefined> {
    const database = await realpath(path);
    await this.#include(path, database);
    return this.#options.records.find(jobKey(database, job))?.place.key;
  }

  /** As the settings have it. Throws NOT_FOUND. */
  #listed(path: string): string {
    const name = normalize(path);
    if (this.#options.settings.values.catalogues.includes(name)) return name;
    throw new GhostError('NOT_FOUND', `${path} is no catalogue that is listed.`);
  }

  /** Resolves when what is in it now is listed. A file that is listed by another path is not listed twice. */
  async #include(path: string, database: string): Promise<void> {
    const { settings, catalogues } = this.#options;
    const known = catalogues.states.find((state) => state.database === database);
    const name = known?.catalogue ?? normalize(path);
    const { catalogues: before } = settings.values;
    if (!before.includes(name)) await this.#set([...before, name]);
    await catalogues.refresh([name]);
  }

  async #set(paths: readonly string[]): Promise<void> {
    const { settings, catalogues } = this.#options;
    await settings.set({ [FIELDS.catalogues.key]: [...paths] });
    await catalogues.setPaths(settings.values.catalogues);
  }
}
