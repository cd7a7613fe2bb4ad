/**
 * Turns the token of the address (`#token=…`) into a session cookie, and removes it from the address at once, so that it is
 * in no history and no copied link.
 */
const TOKEN = /^#token=([\w-]+)$/;

/** True: there is a session, or none was offered. False: the token was refused. */
export async function exchangeToken(): Promise<boolean> {
  const token = TOKEN.exec(location.hash)?.[1];
  if (token === undefined) return true;
  history.replaceState(history.state, '', location.pathname);
  const response = await fetch('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  return response.ok;
}
