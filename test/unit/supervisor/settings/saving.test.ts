/** A change made on the screen: what it does to the file, and what it must not. */
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SettingValue } from '../../../../src-main/ipc/contract.ts';
import { settingsFile } from './settings-fixture.ts';

type Values = Readonly<Record<string, SettingValue>>;

/** The file's text after a change. */
async function changed(text: string, values: Values): Promise<string> {
  const { open, read } = settingsFile(text);
  await open().set(values);
  return read();
}

describe('the first change', () => {
  it('writes a file that explains every setting, private to its owner', async () => {
    const { open, read, file } = settingsFile();
    const settings = open();
    await settings.set({ transfers: 6, 'cache.limit': '5 GiB' });
    const text = read();
    expect(text).toContain('\ntransfers = 6\n');
    expect(text).toContain('\nlimit = "5 GiB"\n');
    expect(text).toContain('\n# deadline = 30\n');
    for (const { help } of settings.describe().fields) {
      expect(text.replaceAll('\n# ', ' ')).toContain(help);
    }
    expect(text.replaceAll('\n# ', ' ')).toContain('In seconds. Default: 30.');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
    expect(settings.problem).toBeUndefined();
    expect(settings.values).toMatchObject({ transfers: 6, cacheLimitBytes: 5 * 1024 ** 3 });
  });

  it('can be taken back, to the letter', async () => {
    const { open, read } = settingsFile();
    const settings = open();
    const all = {
      transfers: 6,
      theme: 'dark',
      'screen.port': 4711,
      catalogues: ['/a', '/b'],
      autostart: true,
    };
    await settings.set({ transfers: 6 });
    const before = read();
    await settings.set(all);
    expect(read()).toContain('\nport = 4711\n');
    await settings.set({ ...Object.fromEntries(Object.keys(all).map((key) => [key, null])), transfers: 6 });
    expect(read()).toBe(before);
  });
});

describe('a change keeps everything else', () => {
  const own = `# mine
transfers=9   # not more

  theme   = 'dark'
[screen]   # for the tablet
# port = 1

[cache]
directory = "/c"
# the end`;

  it.each<[string, Values, string, string]>([
    ['a value', { transfers: 10 }, 'transfers=9 ', 'transfers=10 '],
    ['a text', { theme: 'light' }, "'dark'", '"light"'],
    ['a key that waits as a comment', { 'screen.port': 7 }, '# port = 1', 'port = 7'],
    ['a key back to its default', { transfers: null }, 'transfers=9 ', '# transfers = 8 '],
  ])('%s', async (_, values, from, to) => {
    expect(await changed(own, values)).toBe(own.replace(from, to));
  });

  it('a key that is new in its table', async () => {
    const text = await changed(own, { 'cache.limit': '1GiB', deadline: 9 });
    expect(text).toMatch(/directory = "\/c"\n\n# How much[^]*\nlimit = "1GiB"\n# the end$/);
    expect(text).toMatch(/ {2}theme {3}= 'dark'\n\n# How long[^]*\ndeadline = 9\n\[screen\]/);
  });

  it('a table that is not there', async () => {
    expect(await changed('theme = "dark"', { 'screen.port': 7 })).toMatch(
      /^theme = "dark"\n\n\[screen\]\n# Port [^[]*\nport = 7\n$/,
    );
  });

  it('tables that have no header', async () => {
    expect(await changed('cache = { directory = "/c" } # mine\n', { 'cache.limit': '1GiB' })).toBe(
      'cache = { directory = "/c", limit = "1GiB" } # mine\n',
    );
    expect(await changed('cache = {}\n', { 'cache.limit': '1GiB' })).toBe('cache = { limit = "1GiB" }\n');
    expect(await changed('cache.directory = "/c" # mine\n', { 'cache.limit': '1GiB' })).toMatch(
      /^cache\.directory = "\/c" # mine\n\n# [^]*\ncache\.limit = "1GiB"\n$/,
    );
    expect(await changed('cache = { limit = "1GiB" }\n', { 'cache.limit': null })).toBe(
      'cache = { limit = "20GiB" }\n',
    );
  });

  it('the ends of lines and the mark at the start', async () => {
    expect(await changed('\uFEFFtheme = "dark"\r\n', { transfers: 6 })).toMatch(
      /^\uFEFFtheme = "dark"\r\n\r\n# [^\n]*\r\n(# [^\n]*\r\n)*transfers = 6\r\n$/,
    );
  });

  it('the comments and spelling of a list', async () => {
    const list =
      'catalogues = [\n    # work\n    "/a.db", # office\n    "~/b.db" # home\n    # more to come\n]\n';
    const { open, read } = settingsFile(list);
    const settings = open();
    const [a = '', b = ''] = settings.values.catalogues;
    await settings.set({ catalogues: [a, b, '/c.db'] });
    expect(read()).toBe(
      list.replace('"~/b.db" #', '"~/b.db", #').replace('# home\n', '# home\n    "/c.db",\n'),
    );
    await settings.set({ catalogues: [b, '/c.db'] });
    expect(read()).toBe('catalogues = [\n    "~/b.db", # home\n    "/c.db",\n    # more to come\n]\n');
    await settings.set({ catalogues: ['/c.db', b] });
    expect(settings.values.catalogues).toEqual(['/c.db', b]);
    await settings.set({ catalogues: [] });
    expect(read()).toBe('# catalogues = []\n');
  });

  it('any name a path can have', async () => {
    const paths = ['/quo"te\\\n', "/it's", '/\u007f\u0001', '/Grüße 東京 🚀'];
    const { open } = settingsFile('');
    const settings = open();
    await settings.set({ catalogues: paths });
    expect(open().values.catalogues).toEqual(paths);
    await settings.set({ catalogues: [...paths, '/\u007f'] });
    expect(open().values.catalogues).toHaveLength(5);
  });
});

describe('nothing is changed', () => {
  const refuses = async (text: string, values: Values, sentence: RegExp): Promise<void> => {
    const { open, read } = settingsFile(text);
    const settings = open();
    const before = settings.values;
    await expect(settings.set(values)).rejects.toMatchObject({
      code: 'SETTING_INVALID',
      message: expect.stringMatching(sentence),
    });
    expect(read()).toBe(text);
    expect(settings.values).toEqual(before);
  };

  it('when the file is broken', async () => {
    await refuses('theme = "dark"\n]', { transfers: 6 }, /config\.toml, line 2, column 1: .*\.$/);
  });

  it('when one of the values is wrong', async () => {
    await refuses(
      '',
      { theme: 'dark', transfers: 40 },
      /^The setting transfers must be a whole number from 4 to 16, not 40\.$/,
    );
    await refuses('', { 'mount-root': '' }, /^The setting mount-root must be an absolute path.*, not ""\.$/);
    await refuses(
      '',
      { catalogues: ['/a', 'b'] },
      /^The setting catalogues must be a list of absolute paths/,
    );
    await refuses('', { nonsense: 1 }, /^There is no setting called "nonsense"\.$/);
    await refuses('', { __proto__x: 1 }, /^There is no setting/);
  });

  it('where a key cannot be put in', async () => {
    await refuses(
      'cache = 3\n',
      { 'cache.limit': '1GiB' },
      /cache\.limit in a way that cannot be changed from here/,
    );
  });

  it('when something stands above the file', async () => {
    const { open, read } = settingsFile('theme = "dark"\n');
    const settings = open({ env: { ORBIT_GHOST_TRANSFERS: '5' } });
    await expect(settings.set({ transfers: 6 })).rejects.toThrow(/transfers is set by ORBIT_GHOST_TRANSFERS/);
    // A form that sends everything it shows is no reason to refuse.
    await settings.set({ transfers: 5, theme: 'dark' });
    expect(read()).toBe('theme = "dark"\n');
  });

  it('when this program can do nothing with it', async () => {
    const { open, read } = settingsFile('autostart = true\n');
    const settings = open({ unavailable: { autostart: 'It is for the desktop app.' } });
    await expect(settings.set({ autostart: false, transfers: 6 })).rejects.toMatchObject({
      code: 'SETTING_INVALID',
      message: 'The setting autostart cannot be changed here. It is for the desktop app.',
    });
    expect(read()).toBe('autostart = true\n');
    const reasons = settings.describe().fields.filter(({ unavailable }) => unavailable !== null);
    expect(reasons).toMatchObject([
      { key: 'autostart', value: true, unavailable: 'It is for the desktop app.' },
    ]);
    // A form that sends everything it shows is no reason to refuse.
    await settings.set({ autostart: true, transfers: 6 });
    expect(settings.values.transfers).toBe(6);
  });

  it('when the file cannot be written', async () => {
    const settings = settingsFile().open({ file: '/proc/orbit/config.toml' });
    await expect(settings.set({ transfers: 6 })).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(settings.values.transfers).toBe(8);
  });
});

it('mends a value that was wrong', async () => {
  expect(await changed('transfers = 40 # mine\n', { transfers: 8 })).toBe('# transfers = 8 # mine\n');
});

it('follows a symbolic link, also to a file that is not there yet, and leaves no draft behind', async () => {
  for (const text of ['# shared\ntheme = "dark"\n', undefined]) {
    const { open, file, home } = settingsFile();
    const target = join(home, 'dotfiles', 'ghost.toml');
    mkdirSync(dirname(target));
    mkdirSync(dirname(file));
    if (text !== undefined) writeFileSync(target, text);
    symlinkSync('../dotfiles/ghost.toml', file);
    const settings = open();
    await settings.set({ transfers: 6 });
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, 'utf8')).toMatch(/\ntransfers = 6\n/);
    expect(readdirSync(dirname(target))).toEqual(['ghost.toml']);
    expect(readdirSync(dirname(file))).toEqual(['config.toml']);
  }
});

it('never saves what was added for this run', async () => {
  const { open, read } = settingsFile('catalogues = ["/a.db"]\n');
  const settings = open({ added: ['/demo.db', '/a.db'] });
  expect(settings.values.catalogues).toEqual(['/a.db', '/demo.db']);
  await settings.set({ catalogues: ['/a.db', '/demo.db', '/b.db'] });
  expect(read()).toBe('catalogues = [\n  "/a.db",\n  "/b.db",\n]\n');
  expect(settings.values.catalogues).toEqual(['/a.db', '/b.db', '/demo.db']);
  await settings.set({ catalogues: ['/a.db', '/b.db'] });
  expect(settings.values.catalogues).toEqual(['/a.db', '/b.db']);
});
