/**
 * The headers of every answer of the browser screen, good or bad. Invariant: no answer leaves without them, and none allows
 * another origin anything.
 */
import { CONTENT_SECURITY_POLICY } from './content-security-policy.ts';

export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};
