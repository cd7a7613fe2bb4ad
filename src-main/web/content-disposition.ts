/**
 * The name a browser gives to a download (RFC 6266, RFC 8187). Invariant: whatever a catalogue calls a file, the header is
 * one line, the name has no path, hides nothing and fits a file system.
 */

/** File systems allow 255; browsers add ` (1)` and `.crdownload`. Bytes in UTF-8. */
const MAX_NAME_BYTES = 200;
/** Longer ones are no extensions. Bytes. */
const MAX_EXTENSION_BYTES = 20;
/** Control characters, line separators, and what turns or hides text: `txt.exe` must not read as `exe.txt`. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
/** Separators of paths, and what Windows gives a meaning. */
const SEPARATORS = /["*/:<>?\\|]/g;

export function attachment(name: string): string {
  const safe = safeName(name);
  const plain = safe.replaceAll(/[^\x20-\x7e]|[%'"\\]/gu, '_');
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded(safe)}`;
}

function safeName(name: string): string {
  const clean = name.toWellFormed().replaceAll(UNSAFE, '').replaceAll(SEPARATORS, '_').trim();
  if (/^\.*$/.test(clean)) return 'download';
  const dot = clean.lastIndexOf('.');
  const extension = dot > 0 ? clean.slice(dot) : '';
  if (Buffer.byteLength(extension) > MAX_EXTENSION_BYTES) return shortened(clean, MAX_NAME_BYTES);
  return (
    shortened(
      clean.slice(0, clean.length - extension.length),
      MAX_NAME_BYTES - Buffer.byteLength(extension),
    ) + extension
  );
}

/** The first whole characters that fit. */
function shortened(text: string, maxBytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes));
  return text.slice(0, read);
}

/** encodeURIComponent leaves four characters that RFC 8187 does not. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(/['()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  });
}
