/**
 * What a supervisor is told: activity, block maps, problems. Gathers at ticks and sends at most four times a second, less when
 * the supervisor is behind. Invariant: what nobody watches costs a few additions once a second, so that no time is uncounted.
 */
import type { CacheChange } from '../cache/cache-changes.ts';
import type { DiskCache } from '../cache/disk-cache.ts';
import type { Clock } from '../clock.ts';
import type { BlockFile } from '../entangler/block-reader.ts';
import { GhostError, messageOf, type GhostErrorCode } from '../errors.ts';
import type { GhostFs } from '../ghostfs.ts';
import type { ArtifactId } from '../metadata/metadata-oracle.ts';
import type { MountObserver } from '../observed-blocks.ts';
import { isOfSource, type SourceState } from '../wormhole/source-standing.ts';
import { ActivityMeter } from './activity.ts';
import { BlockWatches } from './block-watches.ts';
import type { FoundFile } from './catalogue-messages.ts';
import { pathOf } from './file-paths.ts';
import { ProblemGate } from './problem-gate.ts';
import type { BlockMap, JobKey } from './protocol.ts';
import type { SupervisorChannel } from './supervisor-channel.ts';

/** Four times a second: more, nobody reads. */
const TICK_MS = 250;
/** One sample of the supervisor's history, which goes on while nobody looks. */
const COUNT_MS = 1_000;

export interface ObservationOptions {
  readonly channel: Pick<SupervisorChannel, 'inform' | 'isClogged' | 'send'>;
  readonly clock: Clock;
  readonly mounts: () => ReadonlyMap<JobKey, GhostFs>;
  /** Undefined until it is open. */
  readonly cache: () => DiskCache | undefined;
}

export class Observation {
  readonly #options: ObservationOptions;
  readonly #activity: ActivityMeter;
  readonly #blocks = new BlockWatches();
  readonly #problems: ProblemGate;
  #watched = false;
  /** To the next tick; undefined while none is set. */
  #interval: number | undefined;
  #cancelTick: (() => void) | undefined;

  constructor(options: ObservationOptions) {
    this.#options = options;
    this.#activity = new ActivityMeter(options.clock);
    this.#problems = new ProblemGate(options.clock);
  }

  /** From now on counts are told. */
  begin(): void {
    this.#schedule();
  }

  /** Whether more is wanted than counts. Readers are told apart only meanwhile. */
  setWatched(watched: boolean): void {
    if (watched === this.#watched) return;
    this.#watched = watched;
    for (const mount of this.#options.mounts().values()) this.mounted(mount);
    this.#schedule();
  }

  /** A mount to be watched, if anything is. */
  mounted({ reads: { responder, eventLoop } }: Pick<GhostFs, 'reads'>): void {
    for (const table of [responder, eventLoop]) {
      if (this.#watched) table.watch();
      else table.unwatch();
    }
  }

  watchBlocks(watch: number, job: JobKey, file: FoundFile): BlockMap {
    const map = this.#blocks.add(watch, job, file, this.#options.cache()?.figures);
    this.#schedule();
    return map;
  }

  unwatchBlocks(watch: number): void {
    this.#blocks.remove(watch);
  }

  cacheChanged(change: CacheChange): void {
    this.#blocks.changed(change);
  }

  observerOf(key: JobKey): MountObserver {
    /** Whether the supervisor was told of a failed read that a source is to blame for, and of nothing better since. */
    let blamed = false;
    const sources = (state: SourceState, error: GhostError | undefined): void => {
      blamed = false;
      const problem = error && { code: error.code, sentence: sourcesSentence(state, error) };
      // Not only of use now: nothing else would ever correct it.
      void this.#options.channel.send({ event: 'sources', key, state, problem });
    };
    return {
      read: (file, first, count) => this.#blocks.read(file, first, count),
      failed: (file, error) => {
        const code = this.#problem(key, file, error);
        blamed ||= code !== undefined && isOfSource(code);
      },
      corrupt: (artifact, block, where) => {
        // What is found in the cache comes as a change of it, too.
        if (where === 'cache') this.#damaged(key, artifact, block);
        else if (artifact !== undefined) this.#blocks.corrupt(key, artifact, block);
      },
      sources,
      delivered: () => {
        if (blamed) sources('reachable', undefined);
      },
    };
  }

  close(): void {
    this.#cancelTick?.();
  }

  /** The next tick comes sooner when somebody begins to look. */
  #schedule(): void {
    const interval = this.#watched || !this.#blocks.isEmpty ? TICK_MS : COUNT_MS;
    if (this.#interval !== undefined && this.#interval <= interval) return;
    this.#cancelTick?.();
    this.#interval = interval;
    this.#cancelTick = this.#options.clock.after(interval, () => {
      this.#interval = undefined;
      // Who is behind gets what has gathered by then, later.
      if (!this.#options.channel.isClogged) this.#tell();
      this.#schedule();
    });
  }

  #tell(): void {
    const { channel, mounts, cache } = this.#options;
    const figures = cache()?.figures;
    const report = this.#watched
      ? this.#activity.report(mounts(), figures)
      : this.#activity.counts(mounts(), figures);
    channel.inform({ event: 'activity', report });
    if (this.#blocks.isEmpty) return;
    const events = this.#blocks.tick((job) => mounts().get(job)?.underWay() ?? [], cache()?.figures);
    for (const event of events) channel.inform(event);
  }

  #damaged(key: JobKey, artifact: string | undefined, block: number): void {
    if (!this.#problems.admits(`${key} cache ${artifact ?? ''}`)) return;
    const path = artifact === undefined ? undefined : this.#pathOf(key, artifact as ArtifactId);
    const sentence = `Block ${block} was found damaged in the cache and removed; it is fetched again when it is read.`;
    this.#options.channel.inform({ event: 'problem', key, path, code: 'BLOCK_CORRUPT', sentence });
  }

  /** The code of what was told; undefined when it was held back. */
  #problem(key: JobKey, file: BlockFile, error: unknown): GhostErrorCode | undefined {
    if (!this.#problems.admits(`${key} ${file.key}`)) return undefined;
    const code = error instanceof GhostError ? error.code : 'INTERNAL';
    const sentence = asSentence(messageOf(error));
    this.#options.channel.inform({ event: 'problem', key, path: this.#pathOf(key, file.id), code, sentence });
    return code;
  }

  #pathOf(key: JobKey, artifact: Parameters<typeof pathOf>[1]): string | undefined {
    const mount = this.#options.mounts().get(key);
    return mount === undefined ? undefined : pathOf(mount.oracle, artifact);
  }
}

/** What is wrong, what works all the same, and what to do. */
function sourcesSentence(state: SourceState, error: GhostError): string {
  const rest =
    state === 'refused'
      ? 'for the rest, renew the access at the source or publish the job again with credentials that it takes.'
      : 'the rest fails until the source is back, which is noticed by itself.';
  return `${asSentence(error.message)} Cached data stays readable; ${rest}`;
}

/** Inside the engine messages are often the end of a longer line of the log. */
function asSentence(message: string): string {
  const sentence = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}
