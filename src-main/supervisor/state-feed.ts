/**
 * The state of the program as screens and commands see it. Invariant: it is made when somebody asks, at most once between two
 * changes, and is of one moment.
 */
import type { State } from '../ipc/contract.ts';
import type { CatalogueState } from './catalogues.ts';
import type { JobRecords } from './job-records.ts';
import type { SettingsStore } from './settings/settings.ts';

export interface StateFeedOptions {
  readonly settings: SettingsStore;
  readonly records: JobRecords;
  readonly engine: () => State['engine'];
  readonly paused: () => boolean;
  readonly catalogues: () => readonly CatalogueState[];
  readonly publishInto: () => string;
  readonly tasks: () => readonly State['tasks'][number][];
}

export class StateFeed {
  readonly #options: StateFeedOptions;
  readonly #listeners = new Set<() => void>();
  #state: State | undefined;

  constructor(options: StateFeedOptions) {
    this.#options = options;
  }

  get now(): State {
    this.#state ??= this.#take();
    return this.#state;
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  changed(): void {
    this.#state = undefined;
    for (const listener of this.#listeners) listener();
  }

  #take(): State {
    const { settings, records, engine, paused, catalogues, publishInto, tasks } = this.#options;
    const { mountRoot, theme, catalogues: paths } = settings.values;
    return {
      engine: engine(),
      paused: paused(),
      jobs: records.all.map((record) => records.shown(record, mountRoot)),
      catalogues: catalogues().map(({ catalogue, jobs, problem }) => ({
        path: catalogue,
        jobs: jobs.length,
        problem: problem ?? null,
      })),
      publishInto: publishInto(),
      tasks: [...tasks()],
      settingsProblem: settings.problem ?? null,
      theme,
      firstRun: !settings.existed && paths.length === 0,
    };
  }
}
