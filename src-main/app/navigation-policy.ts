/**
 * Where the window may go, and what may be opened outside it. Decides on parsed addresses only.
 * Invariant: the window shows our own origin; nothing but https leaves for the browser.
 */
export const APP_SCHEME = 'orbit-ghost';
const APP_HOST = 'app';
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;

/** Whether an address belongs to the app's own pages. */
export function isOwnPage(address: string): boolean {
  const url = URL.parse(address);
  // `origin` is "null" for a scheme that Node does not know, so its parts are compared.
  return (
    url !== null &&
    url.protocol === `${APP_SCHEME}:` &&
    url.host === APP_HOST &&
    url.username === '' &&
    url.password === ''
  );
}

/** The address to hand to the system's browser, normalised; undefined when it must not be opened at all. */
export function externalAddress(address: string): string | undefined {
  const url = URL.parse(address);
  if (url === null || url.protocol !== 'https:' || url.hostname === '') return undefined;
  // A name and password in front of the host disguise where an address leads.
  return url.username === '' && url.password === '' ? url.href : undefined;
}
