/**
 * How well the running program and what it needs are. The program looks itself rather than the command that asks: what counts
 * is what it can reach, with its settings and its rights. Invariant: one examination at a time; who asks meanwhile shares it.
 */
import { join } from 'node:path';
import { systemClock } from '../../engine/clock.ts';
import { inTime } from '../../engine/in-time.ts';
import type { HealthCheck, Output } from '../../ipc/contract.ts';
import type { SettingsStore } from '../settings/settings.ts';
import type { Supervisor } from '../supervisor.ts';
import { writeBundle } from './bundle.ts';
import { bundleName } from './bundle-name.ts';
import { bundleParts } from './bundle-parts.ts';
import { shownCheck, withStop, type Check } from './check.ts';
import { examine, type Examination } from './examine.ts';
import { engineCheck, programCheck, settingsCheck } from './program-checks.ts';

/** An engine that runs answers within milliseconds. */
const CACHE_LIMIT_MS = 2_000;

export interface HealthOptions {
  readonly supervisor: Supervisor;
  readonly settings: SettingsStore;
  /** Where the log is, and bundles go. */
  readonly stateDirectory: string;
  readonly version: string;
}

export class Health {
  readonly #options: HealthOptions;
  #looking: Promise<Output<'health.check'>> | undefined;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  async check(): Promise<Output<'health.check'>> {
    this.#looking ??= this.#examine(false).finally(() => (this.#looking = undefined));
    return { checks: (await this.#looking).checks };
  }

  async mend(): Promise<Output<'health.mend'>> {
    await this.#looking;
    return await this.#examine(true);
  }

  async bundle(file: string | undefined): Promise<Output<'health.bundle'>> {
    const { supervisor, settings, stateDirectory, version } = this.#options;
    const { checks } = await this.check();
    const parts = await bundleParts({
      version,
      settings,
      checks,
      logDirectory: stateDirectory,
      state: supervisor.state(),
    });
    const written = await writeBundle(file ?? join(stateDirectory, bundleName()), parts);
    return { file: written, parts: parts.map((part) => part.name), checks };
  }

  async #examine(mend: boolean): Promise<{ mended: string[]; checks: HealthCheck[] }> {
    const { supervisor, settings, stateDirectory } = this.#options;
    const order = { values: settings.values, logDirectory: stateDirectory, program: process.pid, mend };
    const [{ checks, mended }, trouble]: [Examination, Check | undefined] = await Promise.all([
      examine(order),
      this.#cacheTrouble(),
    ]);
    const own = [
      programCheck(process.pid),
      engineCheck(supervisor.state().engine),
      settingsCheck(settings.problem),
      ...(trouble === undefined ? [] : [trouble]),
    ];
    return { mended: [...mended], checks: [...own.map(shownCheck), ...checks] };
  }

  async #cacheTrouble(): Promise<Check | undefined> {
    const status = await inTime(this.#options.supervisor.cache.ask(), CACHE_LIMIT_MS, systemClock).catch(
      () => undefined,
    );
    const sentence = status?.trouble;
    if (typeof sentence !== 'string') return undefined;
    return { name: 'Cache', level: 'warning', sentence: withStop(sentence) };
  }
}
