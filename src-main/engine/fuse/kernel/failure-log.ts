/**
 * Tells of reads that fail: the first of a file at once, those of the second after it together. A source that is away fails
 * every block of every reader, and a log of those hides what else there is. Invariant: each failure is told or counted, once.
 */
import type { Clock } from '../../clock.ts';
import type { ArtifactId } from '../../metadata/metadata-oracle.ts';
import type { Logger } from '../../log.ts';

const TOGETHER_MS = 1_000;

interface Counted {
  count: number;
  last: unknown;
  readonly cancel: () => void;
}

export class FailureLog {
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** Files of which a failure was told within the last second. */
  readonly #told = new Map<ArtifactId, Counted>();

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** `what` completes "... failed". */
  failed(artifact: ArtifactId, what: string, error: unknown): void {
    const told = this.#told.get(artifact);
    if (told !== undefined) {
      told.count += 1;
      told.last = error;
      return;
    }
    this.#logger.error(`${what} failed`, error);
    const cancel = this.#clock.after(TOGETHER_MS, () => this.#tellRest(artifact));
    this.#told.set(artifact, { count: 0, last: error, cancel });
  }

  /** Tells what is counted. */
  close(): void {
    for (const artifact of this.#told.keys()) this.#tellRest(artifact);
  }

  #tellRest(artifact: ArtifactId): void {
    const told = this.#told.get(artifact);
    this.#told.delete(artifact);
    told?.cancel();
    if (told === undefined || told.count === 0) return;
    const reads = told.count === 1 ? 'Another read' : `Another ${told.count} reads`;
    this.#logger.error(`${reads} of artifact ${artifact} failed within a second; the last`, told.last);
  }
}
