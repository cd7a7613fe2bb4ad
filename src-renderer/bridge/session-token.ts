/**
 * Turns the token of the address (`#token=…`) into a session cookie, and removes it from the address at once, so that no copied
 * link has it. What a browser still keeps of it in its history is worth nothing: a token is good once.
 */
const TOKEN = /^#token=([\w-]+)$/;

/** An address with a token that is put into a page that is open already loads nothing by itself. */
export function reloadForToken(): void {
  addEventListener('hashchange', () => {
    if (TOKEN.test(location.hash)) location.reload();
  });
}

/** What lets a browser in when it is typed, as the program says it; undefined when it does not answer. */
export async function openCommand(): Promise<string | undefined> {
  try {
    const text = await (await fetch('/session')).text();
    return /`(.+)`/.exec(text)?.[1];
  } catch {
    return undefined;
  }
}

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
