/**
 * What a person does to the list of catalogues: adds, removes, publishes into. The settings keep the list; here stands what
 * must hold before it is changed.
 */
import { realpath } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import type { JobKey, ListedJob } from '../engine/control/protocol.ts';
import { GhostError } from '../engine/errors.ts';
import type { Catalogues } from './catalogues.ts';
import { jobKey } from './job-keys.ts';
import { isUsed, type JobRecords } from './job-records.ts';
import { FIELDS } from './settings/fields.ts';
import type { SettingsStore } from './settings/settings.ts';

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

  /** The jobs in it. Rejects with what is wrong with the file; then nothing was added. */
  async add(path: string): Promise<readonly JobKey[]> {
    const { records, list } = this.#options;
    const database = await realpath(path).catch(() => path);
    // The engine opens it, so that a file that is no catalogue is never added.
    await list(database);
    await this.#include(path);
    return records.all.filter(({ place }) => place.database === database).map(({ place }) => place.key);
  }

  /** Rejects with MOUNT_BUSY while a job of it is mounted, NOT_FOUND when it is not listed. */
  async remove(path: string): Promise<void> {
    const { settings, records } = this.#options;
    const { catalogues } = settings.values;
    const name = normalize(path);
    if (!catalogues.includes(name))
      throw new GhostError('NOT_FOUND', `${path} is no catalogue that is listed.`);
    const used = records.all.find((record) => record.catalogue === name && isUsed(record));
    if (used !== undefined) {
      throw new GhostError(
        'MOUNT_BUSY',
        `A job of ${path} is mounted at ${used.mountPoint ?? ''}; unmount it first.`,
      );
    }
    await this.#set(catalogues.filter((catalogue) => catalogue !== name));
  }

  /** The catalogue to publish into. */
  get first(): string {
    const { settings, dataDirectory } = this.#options;
    return settings.values.catalogues[0] ?? join(dataDirectory, 'magnetar.db');
  }

  /** The key of a job that was published, which is listed then. */
  async published(database: string, job: number): Promise<JobKey | undefined> {
    await this.#include(database);
    const key = jobKey(await realpath(database), job);
    return this.#options.records.find(key)?.place.key;
  }

  /** Resolves when what is in it now is listed. */
  async #include(path: string): Promise<void> {
    const { settings, catalogues } = this.#options;
    const name = normalize(path);
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
