/**
 * Which page is shown. Kept in the history's state, not in the address: back and forward work, and the address stays free
 * for the token.
 */
import { create } from 'zustand';

export type Place =
  | { readonly page: 'jobs' | 'activity' | 'cache' | 'health' | 'settings' }
  /** `path` is the folder that is open, `file` the name of the file that is selected in it. */
  | { readonly page: 'job'; readonly job: string; readonly path: string; readonly file?: string };

interface NavigationStore {
  readonly place: Place;
}

const START: Place = { page: 'jobs' };
/** What the app's tray puts into the address to open a page. */
const NAMED: Readonly<Record<string, Place>> = { '#jobs': START, '#settings': { page: 'settings' } };

export const useNavigation = create<NavigationStore>(() => ({ place: placeOf(history.state) ?? START }));

/** `replace`: the way back leads past the present place, as for a selection within a page. */
export function navigate(place: Place, { replace = false } = {}): void {
  if (replace) history.replaceState({ place }, '');
  else history.pushState({ place }, '');
  useNavigation.setState({ place });
}

/** Follows the browser's back and forward, and the app's tray. Called once. */
export function followHistory(): void {
  followName();
  addEventListener('hashchange', followName);
  addEventListener('popstate', ({ state }: { readonly state: unknown }) =>
    useNavigation.setState({ place: placeOf(state) ?? NAMED[location.hash] ?? START }),
  );
}

/** Taken out of the address at once, so that the same name can be put there again. */
function followName(): void {
  const place = NAMED[location.hash];
  if (place === undefined) return;
  history.replaceState({ place }, '', location.pathname + location.search);
  useNavigation.setState({ place });
}

function placeOf(state: unknown): Place | undefined {
  // Only this file writes the history's state.
  return (state as { readonly place?: Place } | null)?.place;
}
