/** Names that are legal on Linux and have broken file servers, URLs or shells; some differ only for a careful reader. */

// The longest name Linux allows, in bytes.
const NAME_BYTES = 255;

function longName(character: string): string {
  const width = Buffer.byteLength(character);
  const whole = Math.floor(NAME_BYTES / width);
  return character.repeat(whole) + 'x'.repeat(NAME_BYTES - whole * width);
}

export const awkwardNames: readonly string[] = [
  'two words',
  ' leading space',
  'trailing space ',
  'double  space',
  'trailing dot.',
  '.hidden',
  '...',
  '-rf',
  '--help',
  '~',
  '#fragment',
  'query?name=value&other=1',
  'per%cent',
  'encoded%2Fslash',
  'encoded%20space',
  'encoded%00nul',
  'plus+sign',
  'semi;colon',
  'co:lon',
  'http:',
  'back\\slash',
  'back\\040slash',
  "single'quote",
  'double"quote',
  'back`tick',
  '$(dollar)',
  '*star',
  '[brackets]',
  '{braces}',
  '<angle>',
  'pi|pe',
  'caret^',
  'at@sign',
  'comma,equals=',
  'new\nline',
  'tab\tulator',
  'bell\u0007',
  'delete\u007f',
  'grün',
  // The same word again with a combining mark: two different files.
  'gru\u0308n',
  'e\u0301\u0323 combining',
  '日本語のファイル',
  'русский',
  'עברית',
  'العربية',
  'हिन्दी',
  '👩‍🚀 astronaut',
  '🛰️',
  'zero\u200bwidth',
  'right\u202eto left',
  'no\u00a0break',
  'CON',
  'nul.txt',
  'con',
  longName('n'),
  longName('é'),
  longName('🌍'),
];
