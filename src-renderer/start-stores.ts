/** Connects the stores that live as long as the page with the topics they follow. */
import { bridge, startBridge } from './bridge/bridge.ts';
import { setActivity } from './stores/activity.ts';
import { setAppInfo, setPhase } from './stores/connection.ts';
import { setAppState } from './stores/state.ts';

/** `onConnected` is called whenever the program can be asked, the first time and each time again. */
export function startStores(onConnected: () => void): void {
  bridge.subscribe('state', {}, (state) => {
    document.documentElement.dataset['theme'] = state.theme;
    setAppState(state);
  });
  bridge.subscribe('activity', {}, setActivity);
  void startBridge((phase, since) => {
    setPhase(phase, since);
    // After the protocol has taken over the connection, which this callback precedes.
    if (phase !== 'open') return;
    queueMicrotask(() => {
      void learnHost();
      onConnected();
    });
  });
}

async function learnHost(): Promise<void> {
  try {
    setAppInfo(await bridge.call('app.info', {}));
  } catch {
    // The connection is gone again; the next one asks anew.
  }
}
