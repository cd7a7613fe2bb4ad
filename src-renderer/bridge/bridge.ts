/**
 * The one way from the screen to the program: `bridge.call` and `bridge.subscribe`, typed by the contract, over the desktop
 * window's channel where there is one and a WebSocket otherwise.
 */
import { Connection, type ConnectionPhase } from './connection.ts';
import { desktopLink, webSocketLink } from './links.ts';
import { pageClient } from './protocol.ts';
import { exchangeToken, reloadForToken } from './session-token.ts';

const after = (ms: number, callback: () => void): (() => void) => {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
};

export const bridge = pageClient(after);

/** Connects, and keeps connected. Called once, by the start of the page. */
export async function startBridge(onPhase: (phase: ConnectionPhase) => void): Promise<void> {
  onPhase('connecting');
  document.addEventListener('visibilitychange', () => bridge.hold(document.hidden));
  bridge.hold(document.hidden);
  const desktop = globalThis.window.orbitGhost;
  if (desktop === undefined) {
    reloadForToken();
    // An old token is no reason to refuse whoever is signed in.
    if (!(await tokenAccepted()) && !(await sessionIsGood())) {
      onPhase('no-session');
      return;
    }
  }
  const connection = new Connection({
    open: desktop === undefined ? webSocketLink(webSocketUrl()) : desktopLink(desktop),
    protocol: bridge,
    onPhase,
    sessionIsGood: desktop === undefined ? sessionIsGood : () => Promise.resolve(true),
    after,
    dice: Math.random,
  });
  connection.start();
}

/** The server not answering is no refusal: the connection is tried, and says so. */
async function tokenAccepted(): Promise<boolean> {
  try {
    return await exchangeToken();
  } catch {
    return true;
  }
}

/** `/session` answers 204 with a session, 401 without one. */
async function sessionIsGood(): Promise<boolean> {
  try {
    return (await fetch('/session')).status !== 401;
  } catch {
    return true;
  }
}

function webSocketUrl(): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`;
}
