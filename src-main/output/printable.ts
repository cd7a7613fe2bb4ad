/** Makes any text fit for a terminal and a log: one line, no control sequences, no credentials. */

/** Parts of a query that give access to whoever knows them. */
const SECRET_NAMES = 'token|sig|signature|key|secret|passw|password|pwd|credential|auth|session';
const SECRET_PARAMETER = new RegExp(
  String.raw`([?&][^=&\s"']*(?:${SECRET_NAMES})[^=&\s"']*=)[^&\s"']+`,
  'gi',
);
/** The user part of a URL, up to the last @ before the host ends. */
const USER_PART = /([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"']*@/gi;
// Controls, line separators and the marks that reverse what follows them.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

export function printable(text: string): string {
  return text
    .replaceAll(USER_PART, '$1***@')
    .replaceAll(SECRET_PARAMETER, '$1***')
    .replaceAll(UNPRINTABLE, (character) => escaped(character.charCodeAt(0)));
}

function escaped(code: number): string {
  if (code === 0x0a) return '\\n';
  if (code === 0x09) return '\\t';
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
}
