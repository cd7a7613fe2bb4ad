/** What holds, and what is said about what does not. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingsFile } from './settings-fixture.ts';

const GIB = 1024 ** 3;

describe('a file that is right', () => {
  it('is not needed: every setting has a default', () => {
    const { open, directories } = settingsFile();
    const settings = open();
    expect(settings.values).toEqual({
      catalogues: [],
      mountRoot: join(directories.data, 'mounts'),
      cacheDirectory: join(directories.cache, 'blocks'),
      cacheLimitBytes: 20 * GIB,
      cacheMinFreeBytes: GIB,
      transfers: 8,
      memoryBytes: GIB / 4,
      requestsPerSecond: 2_000,
      deadlineMs: 30_000,
      logLevel: 'info',
      driver: 'auto',
      autostart: false,
      theme: 'system',
      hmacKeyFiles: [join(directories.config, 'keys')],
      hmacRequired: false,
      screenPort: 0,
    });
    expect(settings).toMatchObject({ problem: undefined, existed: false });
  });

  it('sets everything, whichever way its tables are written', () => {
    const top =
      'catalogues = ["/a.db", "~/b.db", "/a.db"]\nmount-root = "/m/"\ntransfers = 16\nmemory = "1GiB"\nrequests-per-second = 50\ndeadline = 5\n' +
      'driver = "linux-kernel"\nlog-level = "debug"\nautostart = true\ntheme = "dark"\n';
    const forms = [
      '[cache]\ndirectory = "/c"\nlimit = "1.5 GB"\n[hmac]\nkey-files = ["/k"]\nrequired = true\n[screen]\nport = 4711\n',
      'cache.directory = "/c"\ncache.limit = 1500000000\nhmac.key-files = ["/k"]\nhmac.required = true\nscreen.port = 4711\n',
      'cache = { directory = "/c", limit = "1500MB" }\nhmac = { key-files = ["/k"], required = true }\nscreen = { port = 4711 }\n',
    ];
    for (const form of forms) {
      const settings = settingsFile(top + form).open();
      expect(settings.values).toEqual({
        catalogues: ['/a.db', join(homedir(), 'b.db')],
        mountRoot: '/m/',
        cacheDirectory: '/c',
        cacheLimitBytes: 1_500_000_000,
        cacheMinFreeBytes: GIB,
        transfers: 16,
        memoryBytes: GIB,
        requestsPerSecond: 50,
        deadlineMs: 5_000,
        logLevel: 'debug',
        driver: 'linux-kernel',
        autostart: true,
        theme: 'dark',
        hmacKeyFiles: ['/k'],
        hmacRequired: true,
        screenPort: 4_711,
      });
      expect(settings).toMatchObject({ problem: undefined, existed: true });
    }
  });

  it('can take the limit of the cache away', () => {
    expect(settingsFile('[cache]\nlimit = ""\n').open().values.cacheLimitBytes).toBeUndefined();
  });
});

describe('a broken file', () => {
  it.each([
    ['transfers = 9\ntheme =\n', /config\.toml, line 2, column 8: .*; the defaults apply/],
    ['transfers = 9\n[cache\n', /config\.toml, line 2, column \d+: /],
    ['transfers = 9\ntransfers = 9\n', /line 2, column 1: the key was set before/],
    ['catalogues = ["/a"\n\n', /line 1, column 19: /],
    ['transfers = 9\n[cache\nlimit = "1GiB"\n', /line 2, column 7: /],
    ['theme = dark\n', /line 1, column 9: /],
    ['\u0000', /line 1, column 1: /],
  ])('%j is told with its place, and the defaults apply', (text, sentence) => {
    const settings = settingsFile(text).open();
    expect(settings.problem).toMatch(sentence);
    expect(settings.values).toMatchObject({ transfers: 8, theme: 'system' });
    expect(settings.existed).toBe(true);
  });

  it('may be no text, no file or not readable', () => {
    const noText = settingsFile('');
    writeFileSync(noText.file, Buffer.from([0x61, 0xff]));
    expect(noText.open().problem).toMatch(/config\.toml is not UTF-8 text; the defaults apply/);
    const noFile = settingsFile();
    mkdirSync(noFile.file, { recursive: true });
    expect(noFile.open().problem).toMatch(/config\.toml is not a file; the defaults apply/);
    if (process.getuid?.() === 0) return;
    const secret = settingsFile('transfers = 9\n');
    chmodSync(secret.file, 0o000);
    expect(secret.open().problem).toMatch(/config\.toml cannot be read \(.*\); the defaults apply/);
  });
});

describe('a wrong value', () => {
  it.each([
    ['transfers = 40', 'transfers is 40, but must be a whole number from 4 to 16; the default, 8, applies.'],
    ['transfers = "8"', 'transfers is "8", but must be a whole number from 4 to 16'],
    ['deadline = 0', 'deadline is 0, but must be a whole number from 1 to 86400; the default, 30, applies.'],
    ['driver = "floppy"', 'driver is "floppy", but must be one of auto, linux-kernel, fuse-native'],
    ['autostart = "yes"', 'autostart is "yes", but must be true or false; the default, false, applies.'],
    ['mount-root = "here"', 'mount-root is "here", but must be an absolute path, or one that starts with ~/'],
    ['catalogues = "/a.db"', 'catalogues is "/a.db", but must be a list of absolute paths'],
    ['catalogues = ["a.db"]', 'catalogues is ["a.db"], but must be a list of absolute paths'],
    ['cache.limit = "12 parsecs"', 'cache.limit is "12 parsecs", but must be a size of at least 16MiB'],
    ['memory = ""', 'memory is "", but must be a size of at least 64MiB'],
    ['memory = "1MiB"', 'memory is "1MiB", but must be a size of at least 64MiB'],
    ['cache.limit = "1MiB"', 'cache.limit is "1MiB", but must be a size of at least 16MiB'],
    ['screen.port = 70000', 'screen.port is 70000, but must be a whole number from 0 to 65535'],
    ['theme = 2024-01-01', 'theme is 2024-01-01, but must be one of system, light, dark'],
  ])('%s is told with its line, and the default applies to it alone', (line, sentence) => {
    const { open, file } = settingsFile(`log-level = "warn"\n${line}\n`);
    const settings = open();
    expect(settings.problem).toContain(`${file}, line 2: ${sentence}`);
    expect(settings.values).toEqual({
      ...settingsFile().open().values,
      logLevel: 'warn',
      mountRoot: settings.values.mountRoot,
      cacheDirectory: settings.values.cacheDirectory,
      hmacKeyFiles: settings.values.hmacKeyFiles,
    });
  });

  it('hides no other one', () => {
    const { problem } = settingsFile('transfers = 3\ntheme = "pink"\n').open();
    expect(problem).toMatch(/line 1: transfers.*line 2: theme/);
  });
});

describe('an unknown key', () => {
  it.each([
    'trasfers = 4',
    '[cache]\nlimits = "2GiB"',
    '"cache.limit" = "1GiB"',
    '[[cache]]\nlimit = "1GiB"',
    'cache = 3',
  ])('%j is named with its line and ignored', (text) => {
    const settings = settingsFile(`theme = "dark"\n${text}\n`).open();
    expect(settings.problem).toMatch(/line [23]: there is no setting called \S.*; it is ignored\.$/);
    expect(settings.values).toMatchObject({ theme: 'dark', cacheLimitBytes: 20 * GIB });
  });
});

describe('above the file', () => {
  const text = 'transfers = 5\ndeadline = 5\n';
  const env = {
    ORBIT_GHOST_TRANSFERS: '6',
    ORBIT_GHOST_CATALOGUES: '/a.db:/b.db',
    ORBIT_GHOST_CACHE_LIMIT: 'none',
    ORBIT_GHOST_AUTOSTART: 'true',
    ORBIT_GHOST_THEME: '',
  };

  it('stands the environment, and above that the command line', () => {
    const settings = settingsFile(text).open({ env, overrides: { transfers: 7 } });
    expect(settings.values).toMatchObject({
      transfers: 7,
      deadlineMs: 5_000,
      catalogues: ['/a.db', '/b.db'],
      cacheLimitBytes: undefined,
      autostart: true,
      theme: 'system',
    });
    const above = Object.fromEntries(
      settings.describe().fields.map((field) => [field.key, field.overriddenBy]),
    );
    expect(above).toMatchObject({
      transfers: '--transfers',
      catalogues: 'ORBIT_GHOST_CATALOGUES',
      'cache.limit': 'ORBIT_GHOST_CACHE_LIMIT',
      deadline: null,
      theme: null,
    });
  });

  it('a wrong value has no effect and is told', () => {
    const settings = settingsFile(text).open({ env: { ORBIT_GHOST_TRANSFERS: 'many' } });
    expect(settings.values.transfers).toBe(5);
    expect(settings.problem).toBe(
      'ORBIT_GHOST_TRANSFERS is "many", but must be a whole number from 4 to 16; it has no effect.',
    );
  });

  it('no limit on the command line is a value, too', () => {
    const settings = settingsFile('[cache]\nlimit = "1GiB"\n').open({
      overrides: { cacheLimitBytes: undefined },
    });
    expect(settings.values.cacheLimitBytes).toBeUndefined();
  });
});

it('is described in the order of the file, for a form', () => {
  const { fields, file, problem } = settingsFile('[cache]\nlimit = "2GB"\n').open().describe();
  expect(file).toMatch(/config\.toml$/);
  expect(problem).toBeNull();
  expect(fields.map(({ key }) => key)).toEqual([
    'catalogues',
    'mount-root',
    'transfers',
    'memory',
    'requests-per-second',
    'deadline',
    'driver',
    'log-level',
    'autostart',
    'theme',
    'cache.directory',
    'cache.limit',
    'cache.min-free',
    'hmac.key-files',
    'hmac.required',
    'screen.port',
  ]);
  expect(fields.find(({ key }) => key === 'cache.limit')).toMatchObject({
    kind: 'size',
    value: '2GB',
    default: '20GiB',
    needsRestart: false,
  });
  expect(fields.find(({ key }) => key === 'deadline')).toMatchObject({
    kind: 'integer',
    unit: 'seconds',
    value: 30,
    default: 30,
  });
});
