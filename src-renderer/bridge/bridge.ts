/**
 * The one way from the screen to the program: `bridge.call` and `bridge.subscribe`, typed by the contract, over the desktop
 * window's channel where there is one and a WebSocket otherwise.
 */
import { Connection, type ConnectionPhase } from './connection.ts';
import { desktopLink, webSocketLink } from './links.ts';
import { pageClient } from './protocol.ts';
import { exchangeToken, reloadForToken } from './session-token.ts';
import { SILENCE_LIMIT } from './silence.ts';

/** Within the seconds that a silent connection still has. */
const KNOCK_LIMIT_MS = 4_000;

const after = (ms: number, callback: () => void): (() => void) => {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
};

export const bridge = pageClient(after);

/** Connects, and keeps connected. Called once, by the start of the page. */
export async function startBridge(onPhase: (phase: ConnectionPhase, since: number) => void): Promise<void> {
  onPhase('connecting', Date.now());
  const desktop = globalThis.window.orbitGhost;
  if (desktop === undefined) {
    reloadForToken();
    // An old token is no reason to refuse whoever is signed in.
    if (!(await tokenAccepted()) && !(await sessionIsGood())) {
      onPhase('no-session', Date.now());
      return;
    }
  }
  const connection = new Connection({
    open: desktop === undefined ? webSocketLink(webSocketUrl(), { after, ask, knock }) : desktopLink(desktop),
    protocol: bridge,
    onPhase,
    sessionIsGood: desktop === undefined ? sessionIsGood : () => Promise.resolve(true),
    after,
    now: Date.now,
    dice: Math.random,
  });
  const hold = () => connection.hold(document.hidden);
  document.addEventListener('visibilitychange', hold);
  hold();
  connection.start();
}

/** Any answer will do, also that there is no connection. */
function ask(): void {
  bridge.call('app.info', {}).catch(() => undefined);
}

/** Whether the program answers on another connection, before this one is given up. */
async function knock(): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(KNOCK_LIMIT_MS);
    return (await fetch('/session', { signal })).status < 500;
  } catch {
    return false;
  }
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
    const signal = AbortSignal.timeout(SILENCE_LIMIT * 1_000);
    return (await fetch('/session', { signal })).status !== 401;
  } catch {
    return true;
  }
}

function webSocketUrl(): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`;
}
