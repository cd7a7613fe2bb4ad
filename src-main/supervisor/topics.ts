/** What stands behind each topic of the contract: snapshots that are made when they are asked for, and deltas since the last. */
import type { TopicStream, Topics } from '../ipc/handlers.ts';
import type { LogBook } from './log-book.ts';
import type { SettingsStore } from './settings/settings.ts';
import type { Supervisor } from './supervisor.ts';

export function supervisorTopics(supervisor: Supervisor, settings: SettingsStore, log: LogBook): Topics {
  return {
    state: (_, changed) => Promise.resolve(snapshots(() => supervisor.state(), supervisor.onState(changed))),
    activity: (_, changed) =>
      Promise.resolve(snapshots(() => supervisor.activity.shown(), supervisor.activity.watch(changed))),
    // The first state may still be on its way; `changed` comes with it.
    cache: (_, changed) =>
      Promise.resolve(snapshots(() => supervisor.cache.latest, supervisor.cache.watch(changed))),
    settings: (_, changed) =>
      Promise.resolve(snapshots(() => settings.describe(), settings.onChange(changed))),
    blocks: (place, changed) => supervisor.files.watch(place, changed),
    log: (_, changed) => Promise.resolve(logLines(log, changed)),
  };
}

function snapshots<Event>(next: () => Event | undefined, close: () => void): TopicStream<Event> {
  return { next, close };
}

function logLines(log: LogBook, changed: () => void): TopicStream<{ lines: ReturnType<typeof lines> }> {
  let told: number | undefined;
  const close = log.subscribe(changed);
  const lines = () => {
    const { lines: fresh, last } = log.since(told ?? 0);
    told = last;
    return [...fresh];
  };
  return {
    next() {
      const isFirst = told === undefined;
      const fresh = lines();
      return isFirst || fresh.length > 0 ? { lines: fresh } : undefined;
    },
    close,
  };
}
