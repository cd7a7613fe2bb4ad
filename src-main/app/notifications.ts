/**
 * Which changes of the state deserve a notification: failures that need a person, and mounts that ended unasked. Never a
 * file, never what heals by itself. Invariant: the same trouble is told once until it has been over for a while.
 */
import type { Job, State } from '../ipc/contract.ts';
import type { Clock } from '../engine/clock.ts';
import { troubledJobs } from './tray-state.ts';
import { visibleName } from './visible-name.ts';

export interface Notice {
  /** The same for the same trouble. */
  readonly about: string;
  readonly title: string;
  readonly body: string;
}

/** Trouble that comes and goes, such as a loose cable, is one trouble. Milliseconds. */
const SAME_TROUBLE_MS = 10 * 60_000;
const BODY_CHARACTERS = 240;

/** What is wrong in this state and needs a person. */
function troubles(state: State): readonly Notice[] {
  const engine: Notice = {
    about: 'engine',
    title: 'Orbit GhostFS cannot serve files',
    body: state.engine.sentence ?? 'Its engine does not start. Open the dashboard to see why.',
  };
  const { settingsProblem } = state;
  return [
    ...(state.engine.state === 'failed' ? [engine] : []),
    ...(settingsProblem === null ? [] : [ofSettings(settingsProblem)]),
    ...troubledJobs(state).map(ofJob),
  ];
}

function ofSettings(body: string): Notice {
  return { about: `settings ${body}`, title: 'Some settings do not apply', body };
}

function ofJob({ key, name, state, problem }: Job): Notice {
  const verb = state === 'failed' ? 'failed' : 'needs attention';
  return {
    about: `${key} ${problem?.code ?? state}`,
    title: `${visibleName(name)} ${verb}`,
    body: problem?.sentence ?? 'Open the dashboard to see why.',
  };
}

/**
 * Mounted before and not any more, with a reason: an end that somebody asked for has none. The way there cannot be relied on,
 * since states are coalesced and a quick unmount is never seen at work.
 */
function unexpectedEnds(before: State, { jobs, engine }: State): readonly Notice[] {
  // Everything is unmounted on the way out.
  if (engine.state === 'stopping') return [];
  const earlier = new Map(before.jobs.map((job) => [job.key, job]));
  return jobs.flatMap(({ key, name, state, problem }) => {
    const was = earlier.get(key);
    const ended = was?.state === 'mounted' && state === 'unmounted';
    if (!ended || problem === null || problem.sentence === was.problem?.sentence) return [];
    const title = `${visibleName(name)} is no longer mounted`;
    return [{ about: `${key} ended`, title, body: problem.sentence }];
  });
}

export class NotificationPolicy {
  readonly #clock: Clock;
  /** When each trouble was last there; of one that still is, when it was last looked at. */
  readonly #seen = new Map<string, number>();
  /** What was wrong in the state before. */
  #present: readonly Notice[] = [];
  #before: State | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What to tell now. With `watched` the window is in front and tells it itself. */
  next(state: State, watched: boolean): readonly Notice[] {
    const ends = this.#before === undefined ? [] : unexpectedEnds(this.#before, state);
    this.#before = state;
    const now = this.#clock.now();
    // States come only when something changes: what was there before has been there until now.
    for (const { about } of this.#present) this.#seen.set(about, now);
    for (const [about, at] of this.#seen) if (now - at > SAME_TROUBLE_MS) this.#seen.delete(about);
    this.#present = troubles(state);
    const fresh = [...ends, ...this.#present].filter(({ about }) => this.#isFresh(about, now));
    return watched
      ? []
      : fresh.map((notice) => ({ ...notice, body: visibleName(notice.body, BODY_CHARACTERS) }));
  }

  #isFresh(about: string, now: number): boolean {
    const known = this.#seen.has(about);
    this.#seen.set(about, now);
    return !known;
  }
}
