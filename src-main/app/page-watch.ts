/**
 * What to do when the window's page fails: crashes, cannot be loaded, never says a word or stops answering. Invariant: it is
 * loaded again by itself a few times a minute at most; after that a person who looks at the window is asked, once at a time.
 */
import type { Clock } from '../engine/clock.ts';
import { AtMost } from './at-most.ts';

/** From the start of a load to the page's first word; a cold start from a slow disk takes a few seconds. Milliseconds. */
const FIRST_WORD_LIMIT_MS = 20_000;
/** A page that fails right after its start would otherwise be loaded for ever. */
const RELOADS_A_MINUTE = 3;
const MINUTE_MS = 60_000;

/** `ended`: its process is gone; `unloaded`: it was not found; `silent`: it says nothing; `stuck`: it does not answer. */
export type PageTrouble = 'ended' | 'unloaded' | 'silent' | 'stuck';
export type PageAnswer = 'reload' | 'quit' | 'stay';

export interface PageWatchOptions {
  readonly clock: Clock;
  readonly reload: (trouble: PageTrouble) => void;
  /** Shows the window and asks. */
  readonly ask: (trouble: PageTrouble) => Promise<PageAnswer>;
  /** Put away by the person, who is not to be bothered then. */
  readonly isPutAway: () => boolean;
  readonly quit: () => void;
}

export class PageWatch {
  readonly #options: PageWatchOptions;
  readonly #reloads: AtMost;
  #cancelLimit: (() => void) | undefined;
  #trouble: PageTrouble | undefined;
  #asking = false;
  #closed = false;

  constructor(options: PageWatchOptions) {
    this.#options = options;
    this.#reloads = new AtMost(options.clock, RELOADS_A_MINUTE, MINUTE_MS);
  }

  /** Whether there is no page to show. */
  get isBroken(): boolean {
    return this.#trouble !== undefined;
  }

  /** Loads a broken page again, because the person wants to see the window. */
  retry(): void {
    if (this.#trouble === undefined || this.#asking) return;
    this.#reloads.forget();
    this.#reload(this.#trouble);
  }

  /** A load has begun, whoever asked for it. */
  loading(): void {
    this.#settle(undefined);
    if (this.#closed) return;
    this.#cancelLimit = this.#options.clock.after(FIRST_WORD_LIMIT_MS, () => this.failed('silent'));
  }

  /** The page has spoken, or answers again. */
  alive(): void {
    this.#settle(undefined);
  }

  failed(trouble: PageTrouble): void {
    if (this.#closed) return;
    this.#settle(trouble);
    if (this.#asking) return;
    // Whether waiting or a new start is better only a person can see.
    const healsByItself = trouble === 'ended' || trouble === 'unloaded';
    if (healsByItself && this.#reloads.take()) this.#reload(trouble);
    else if (!this.#options.isPutAway()) void this.#ask(trouble);
  }

  /** The window is gone. */
  close(): void {
    this.#closed = true;
    this.#settle(undefined);
  }

  #reload(trouble: PageTrouble): void {
    // From here, so that a load that never begins is noticed too.
    this.loading();
    this.#options.reload(trouble);
  }

  #settle(trouble: PageTrouble | undefined): void {
    this.#cancelLimit?.();
    this.#cancelLimit = undefined;
    this.#trouble = trouble;
  }

  async #ask(trouble: PageTrouble): Promise<void> {
    const { ask, quit } = this.#options;
    this.#asking = true;
    const answer = await ask(trouble).catch(() => 'stay' as const);
    this.#asking = false;
    if (this.#closed) return;
    if (answer === 'quit') quit();
    if (answer !== 'reload') return;
    this.#reloads.forget();
    // What was wrong may have got worse meanwhile.
    this.#reload(this.#trouble ?? trouble);
  }
}
