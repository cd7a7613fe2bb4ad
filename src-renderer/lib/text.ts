/**
 * Makes names that anybody may have chosen harmless to show: control and direction characters become visible, a length
 * has an end. Everything is still rendered as text; this only keeps it from lying or flooding. Pure.
 */

/** Of a name within the name of a button or a bar: enough to tell such apart by ear. */
export const SPOKEN_CHARACTERS = 60;
/** Long enough for any name a person typed; a row shows far less and the title not much more. */
const SHOWN_CHARACTERS = 400;
const CONTROL_PICTURES = 0x2400;
const DELETE_PICTURE = '\u2421';

/** C0 and C1 controls, and what changes the direction of text or hides itself; built from code points, so this file holds none. */
const INVISIBLE = new RegExp(
  `[${range(0, 0x1f)}${range(0x7f, 0x9f)}${range(0x200b, 0x200f)}${range(0x2028, 0x202e)}${range(0x2060, 0x206f)}${range(0xfeff, 0xfeff)}]`,
  'gu',
);

/** The text with its invisible characters shown: `␊` for a line feed, `⟨U+202E⟩` for an override of direction. */
export function visibleText(text: string): string {
  return text.replace(INVISIBLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20) return String.fromCodePoint(CONTROL_PICTURES + code);
    if (code === 0x7f) return DELETE_PICTURE;
    return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
  });
}

/** At most `limit` characters, the middle left out: beginnings and extensions tell names apart. Never cuts a pair in two. */
export function clipped(text: string, limit = SHOWN_CHARACTERS): string {
  if (text.length <= limit) return text;
  const tail = Math.floor(limit / 4);
  return `${text.slice(0, limit - tail - 1).replace(/[\uD800-\uDBFF]$/, '')}…${text.slice(-tail).replace(/^[\uDC00-\uDFFF]/, '')}`;
}

/** For a row, a title or a sentence. Clipped first: showing controls makes text longer. */
export function shownName(text: string, limit = SHOWN_CHARACTERS): string {
  return visibleText(clipped(text, limit));
}

/** Ends that tell paths and files of a series apart are rarely longer; much more would leave no room for the beginning. */
const END_CHARACTERS = 24;
const SHORT_END_CHARACTERS = 9;
/** Every character stands for itself and goes left to right, so a text may be cut between any two. */
const PLAIN = /^[\x20-\x7e]+$/;

/**
 * The text in two parts, of which the second is to stay in sight: the last part of a path where it is short, else the last
 * characters. Undefined for a text that is short anyway, or that must not be cut at any place.
 */
export function atItsEnd(text: string): readonly [string, string] | undefined {
  if (text.length < 2 * SHORT_END_CHARACTERS || !PLAIN.test(text)) return undefined;
  const slash = text.lastIndexOf('/');
  const last = text.length - slash;
  const cut =
    slash > 0 && last >= SHORT_END_CHARACTERS && last <= END_CHARACTERS
      ? slash
      : text.length - SHORT_END_CHARACTERS;
  return [text.slice(0, cut), text.slice(cut)];
}

function range(first: number, last: number): string {
  return `\\u{${first.toString(16)}}-\\u{${last.toString(16)}}`;
}
