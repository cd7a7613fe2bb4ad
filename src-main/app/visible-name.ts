/**
 * Names from a catalogue, fit for a menu, a notification or a dialog: one line, short, and showing what it is. They come
 * from outside and may hold anything.
 */

/** About what a menu shows without becoming wider than a small screen. Characters as a person counts them. */
const NAME_CHARACTERS = 40;
// Far more than the visible ones: keeps a name of a million characters from being taken apart. UTF-16 units.
const LOOKED_AT = 1_024;
// Controls, invisible characters, line separators and the marks that reverse what follows them; lone surrogates too. Not the
// two joiners: words of many languages and many emoji need them.
const HIDDEN = /[\p{Cc}[\p{Cf}--[\u200c\u200d]]\p{Cs}\u2028\u2029]/gv;
const REPLACEMENT = '\u{fffd}';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

export function visibleName(name: string, characters = NAME_CHARACTERS): string {
  const shown = name.slice(0, LOOKED_AT).replaceAll(HIDDEN, REPLACEMENT).trim();
  if (shown === '') return '(no name)';
  const all = Array.from(graphemes.segment(shown), ({ segment }) => segment);
  if (all.length <= characters && name.length <= LOOKED_AT) return shown;
  return `${all
    .slice(0, characters - 1)
    .join('')
    .trimEnd()}…`;
}

/** As a menu's label: there a single `&` would underline the next letter and vanish. */
export function menuLabel(text: string): string {
  return text.replaceAll('&', '&&');
}
