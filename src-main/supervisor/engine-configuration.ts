/**
 * What the engine is told to be, and what it should be: settings, paused, watched. Invariant: settings that a running engine did
 * not take it is told again, until it takes them; a new engine has everything before anybody asks it something, and what
 * changed while it was starting once it runs.
 */
import type { Clock } from '../engine/clock.ts';
import type { EngineRequests, EngineSettings } from '../engine/control/protocol.ts';
import type { Problem } from '../ipc/contract.ts';
import { engineSettingsDiffer } from './engine-settings.ts';
import { problemOf } from './problem.ts';

/** What kept it from taking them, such as a disk that is full, may be over by then. */
const RETRY_MS = 5_000;

type ConfigureRequest = <Name extends 'reconfigure' | 'setPaused' | 'setWatched'>(
  name: Name,
  input: EngineRequests[Name]['input'],
) => Promise<EngineRequests[Name]['output']>;

export interface EngineConfigurationOptions {
  readonly clock: Clock;
  /** The settings as they are now. */
  readonly settings: () => EngineSettings;
  readonly isRunning: () => boolean;
  readonly request: ConfigureRequest;
  /** Told once, until they are taken. */
  readonly onRefused: (problem: Problem) => void;
}

export class EngineConfiguration {
  readonly #options: EngineConfigurationOptions;
  /** What the engine has, where that is known. */
  #told: EngineSettings | undefined;
  #isPaused = false;
  #isWatched = false;
  #toldPaused: boolean | undefined;
  #toldWatched: boolean | undefined;
  #isTelling = false;
  #isRefused = false;
  #cancelRetry: (() => void) | undefined;

  constructor(options: EngineConfigurationOptions) {
    this.#options = options;
  }

  /** What a new engine is to be configured with. */
  initial(): EngineSettings {
    this.#told = this.#options.settings();
    return this.#told;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Tells a new engine what else there is to know. */
  async begin(request: ConfigureRequest): Promise<void> {
    this.#toldPaused = this.#isPaused;
    this.#toldWatched = this.#isWatched;
    await request('setPaused', { paused: this.#toldPaused });
    await request('setWatched', { watched: this.#toldWatched });
  }

  /** Rejects with ENGINE_AWAY; then nothing has changed. */
  async setPaused(paused: boolean): Promise<void> {
    await this.#options.request('setPaused', { paused });
    this.#isPaused = paused;
    this.#toldPaused = paused;
  }

  setWatched(watched: boolean): void {
    this.#isWatched = watched;
    // Without an engine nobody counts; a new one is told when it starts.
    this.#tellFlags();
  }

  /** Tells the engine that runs what it does not have yet. */
  async tell(): Promise<void> {
    const { settings, isRunning, request } = this.#options;
    this.#tellFlags();
    const wanted = settings();
    if (this.#isTelling || !isRunning()) return;
    if (this.#told !== undefined && !engineSettingsDiffer(this.#told, wanted)) return;
    this.#cancelRetry?.();
    this.#isTelling = true;
    try {
      await request('reconfigure', wanted);
      this.#told = wanted;
      this.#isRefused = false;
    } catch (error) {
      this.#told = undefined;
      this.#refused(error);
      return;
    } finally {
      this.#isTelling = false;
    }
    // They may have changed meanwhile.
    await this.tell();
  }

  close(): void {
    this.#cancelRetry?.();
  }

  /** Not in turn with the settings, which may take long. */
  #tellFlags(): void {
    const { isRunning, request } = this.#options;
    if (!isRunning()) return;
    if (this.#toldPaused !== this.#isPaused) {
      this.#toldPaused = this.#isPaused;
      request('setPaused', { paused: this.#isPaused }).catch(() => {
        this.#toldPaused = undefined;
      });
    }
    if (this.#toldWatched !== this.#isWatched) {
      this.#toldWatched = this.#isWatched;
      request('setWatched', { watched: this.#isWatched }).catch(() => {
        this.#toldWatched = undefined;
      });
    }
  }

  #refused(error: unknown): void {
    const { clock, isRunning, onRefused } = this.#options;
    const { code, sentence } = problemOf(error);
    // An engine that is away gets them when it starts.
    if (code === 'ENGINE_AWAY' || !isRunning()) return;
    this.#cancelRetry = clock.after(RETRY_MS, () => void this.tell());
    if (this.#isRefused) return;
    this.#isRefused = true;
    onRefused({
      code,
      sentence: `The engine did not take the new settings (${sentence}); it is told them again until it does.`,
    });
  }
}
