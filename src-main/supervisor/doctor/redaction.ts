/**
 * Takes out of a text what nobody but its owner should read, and keeps what says what went wrong. A name becomes a placeholder
 * that is the same wherever it occurs in one bundle, and another in the next. Invariant: it fails towards too much: whatever
 * looks like a path, an address, a quoted name, a file name or a key is taken out unless it is known to be ours.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { printable } from '../../output/printable.ts';

/** Hex digits: enough to tell apart what one bundle names. */
const MARK_DIGITS = 6;
/** Of ours, or of every system. A word with a dot is taken for a file's or a host's name otherwise. */
const KNOWN_WORDS = [
  'config.toml',
  'index.db',
  'lock.db',
  'magnetar.db',
  'orbit-ghost.log',
  'fuse.conf',
  'updatedb.conf',
  'fuse.orbit-ghost',
  'cache.directory',
  'cache.limit',
  'cache.min-free',
  'screen.port',
  'KiB/s',
  'MiB/s',
];
/** System files and tools that sentences of ours name. */
const KNOWN_PATHS = String.raw`\/dev\/fuse|\/proc\/(?:self|\d+)\/\w+|\/sys\/fs\/fuse\/connections(?:\/\d+\/abort)?|\/etc\/(?:fuse|updatedb)\.conf|\/usr\/s?bin\/[\w-]+`;

/** Below our own directories: our files, blocks, and modules of the program. */
const BELOW_OWN = String.raw`\/(?:config\.toml|index\.db|lock\.db|orbit-ghost\.log|-?\d+-[0-9a-f]{12}[\w./-]*|(?:dist|src-main|node_modules)\/[\w./@+-]*)`;

export interface Known {
  /** Names and places that may not be told, such as jobs, catalogues, mount points, the person and the machine. */
  readonly secret: readonly string[];
  /** Our own directories, by what they are called then. */
  readonly own: ReadonlyMap<string, string>;
}

export class Redactor {
  readonly #key = randomBytes(32);
  readonly #own: ReadonlyMap<string, string>;
  readonly #pattern: RegExp;

  constructor({ secret, own }: Known) {
    this.#own = own;
    const word = String.raw`[\p{L}\p{N}_]`;
    const literals = (texts: Iterable<string>): string =>
      [...new Set(texts)]
        .filter((text) => text !== '' && text !== '/')
        .toSorted((a, b) => b.length - a.length)
        .map((text) => RegExp.escape(text))
        .join('|') || '(?!)';
    // At one place the first that fits decides.
    this.#pattern = new RegExp(
      [
        String.raw`(?<![\p{L}\p{N}_/])(?<own>${literals(own.keys())})(?<below>${BELOW_OWN})?(?![^\s"',;:()])`,
        // What follows a place of a person's is named by them too, to the end of the line: names may hold blanks.
        String.raw`(?<!${word})(?:${literals(secret)})(?!${word})(?:/.*)?`,
        String.raw`-----BEGIN.*`,
        String.raw`\b(?:bearer|basic|digest|negotiate)\s+\S+`,
        String.raw`[\p{L}][\p{L}\p{N}+.-]*:\/\/[^\s"'<>]*`,
        String.raw`".*"|".*$`,
        String.raw`(?<!${word})'.*'`,
        String.raw`(?<kept>(?:${KNOWN_PATHS})(?![^\s"',;:().])|(?<![\w/.-])(?:${literals(KNOWN_WORDS)})(?![\w/-]))`,
        String.raw`(?<![^\s"'(=:,[<])(?:~?\/(?!\s|$)|[A-Za-z]:\\).*`,
        String.raw`[^\s"'<>(),;]+@[^\s"'<>(),;]+`,
        String.raw`\b\d{1,3}(?:\.\d{1,3}){3}\b`,
        String.raw`(?<![\p{L}\p{N}:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{1,4}(?![\p{L}\p{N}:.])`,
        String.raw`[^\s"'<>(),;]*[^\s"'<>(),;.]\.\p{L}[^\s"'<>(),;]*`,
        String.raw`[^\s"'<>(),;]+\/[^\s"'<>(),;]+`,
        String.raw`\b[0-9a-f]{8}-\d{1,15}\b`,
        String.raw`(?=[A-Z_+=-]*\d)[A-Z0-9_+=-]{16,}|[A-Z_+=-]{24,}`,
      ].join('|'),
      'giu',
    );
  }

  /** One line. */
  text(text: string): string {
    return printable(text).replaceAll(this.#pattern, (found: string, ...rest: unknown[]) => {
      const { own, below = '', kept } = rest.at(-1) as Partial<Record<'own' | 'below' | 'kept', string>>;
      const called = own === undefined ? undefined : this.#own.get(own);
      return called === undefined ? (kept ?? this.#mark(found)) : called + below;
    });
  }

  #mark(found: string): string {
    return `<${createHmac('sha256', this.#key).update(found).digest('hex').slice(0, MARK_DIGITS)}>`;
  }
}
