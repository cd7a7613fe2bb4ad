import { describe, expect, onTestFinished, test } from 'vitest';
import { VirtualClock } from '../../../helpers/virtual-clock.ts';
import { openMagnetar } from '../../../../src-main/engine/metadata/magnetar/magnetar-adapter.ts';
import type { Clock } from '../../../../src-main/engine/clock.ts';
import type { MetadataOracle } from '../../../../src-main/engine/metadata/metadata-oracle.ts';
import { catalogue, children, failure, idOf, names } from '../catalogue-fixture.ts';

const COLUMNS =
  'id TEXT, job_id INTEGER, parent_id TEXT, name TEXT, size INTEGER, is_dir BOOLEAN, mtime INTEGER';
const KEYED = COLUMNS.replace('id TEXT', 'id TEXT PRIMARY KEY');
const INDEXES = 'CREATE INDEX p ON artifacts(parent_id); CREATE INDEX n ON artifacts(parent_id, name);';

function open(file: string, clock?: Clock): MetadataOracle {
  const oracle = openMagnetar(file, 1, clock);
  onTestFinished(() => oracle.close());
  return oracle;
}

const shapes: readonly (readonly [string, string])[] = [
  ['seven columns and their indexes', `CREATE TABLE artifacts (${KEYED}); ${INDEXES}`],
  ['seven columns and a key', `CREATE TABLE artifacts (${KEYED})`],
  ['seven columns, no key, no index', `CREATE TABLE artifacts (${COLUMNS})`],
  ['columns without types', 'CREATE TABLE artifacts (id, job_id, parent_id, name, size, is_dir, mtime)'],
  [
    'columns that are all text, as after an import',
    'CREATE TABLE artifacts (id TEXT, job_id TEXT, parent_id TEXT, name TEXT, size TEXT, is_dir TEXT, mtime TEXT)',
  ],
  ['WITHOUT ROWID', `CREATE TABLE artifacts (${KEYED}) WITHOUT ROWID; ${INDEXES}`],
  ['a column called rowid', `CREATE TABLE artifacts (${KEYED}, rowid TEXT); ${INDEXES}`],
  [
    'case-insensitive names',
    `CREATE TABLE artifacts (${KEYED.replace('name TEXT', 'name TEXT COLLATE NOCASE')}); ${INDEXES}`,
  ],
  [
    'a view',
    `CREATE TABLE stored (${COLUMNS}); CREATE VIEW artifacts AS SELECT * FROM stored;
     CREATE TRIGGER t INSTEAD OF INSERT ON artifacts BEGIN INSERT INTO stored VALUES
     (NEW.id, NEW.job_id, NEW.parent_id, NEW.name, NEW.size, NEW.is_dir, NEW.mtime); END`,
  ],
  ['UTF-16 text', `PRAGMA encoding = 'UTF-16le'; CREATE TABLE artifacts (${KEYED}); ${INDEXES}`],
];

describe.each(shapes)('a catalogue of %s', (_title, schema) => {
  const fill = (): ReturnType<typeof catalogue> => {
    const fixture = catalogue(schema);
    fixture.add(
      { id: 'r', parent: null, dir: true },
      { id: 'd', parent: 'r', name: 'dir', dir: true },
      { id: 'D', parent: 'r', name: 'DIR', dir: true },
      { id: 'f', parent: 'd', name: 'größe', size: 10, mtime: 11 },
      { id: 'bad', parent: 'd', name: 'a/b' },
      { id: 'dup', parent: 'd', name: 'größe', size: 12 },
      { id: 'other', parent: 'd', name: 'other', job: 2 },
      { id: 'r2', parent: null, dir: true, job: 2 },
    );
    return fixture;
  };

  test('mounts', () => {
    const fixture = fill();
    const oracle = open(fixture.file);
    expect(oracle.job).toEqual({ id: 1, sources: [], blockSize: undefined, contentId: undefined });
    expect(names(oracle, 'r').toSorted()).toEqual(['DIR', 'dir']);
    expect(children(oracle, 'd')).toMatchObject([{ name: Buffer.from('größe'), isDirectory: false }]);
    expect(oracle.lookup(idOf('r'), 'DIR')).toMatchObject({ id: 'D' });
    expect(oracle.lookup(idOf('r'), 'Dir')).toBeUndefined();
    const file = oracle.lookup(idOf('d'), 'größe');
    expect(file).toEqual(children(oracle, 'd')[0]);
    expect(oracle.sourcePath(file?.id ?? idOf(''))).toEqual(['dir', 'größe']);
    expect(oracle.totals()).toMatchObject({ directories: 3, bytes: 22 });
    expect(failure(() => openMagnetar(fixture.file, 3))).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('gives every connection the same ordinals', () => {
    const fixture = fill();
    const one = open(fixture.file);
    const two = open(fixture.file);
    expect(children(one, 'r')).toEqual(children(two, 'r'));
    for (const child of children(one, 'r')) {
      expect(child.ordinal).toBeGreaterThan(0);
      expect(child.ordinal).toBeLessThan(2 ** 52);
      expect(two.byOrdinal(child.ordinal)).toEqual(child);
      expect(children(one, 'r', child.ordinal).map(({ id }) => id)).not.toContain(child.id);
    }
  });
});

test.each([0, -5, 2n ** 52n, 2n ** 62n])('a row id of %s is replaced by an ordinal in range', (rowid) => {
  const fixture = catalogue();
  fixture.add({ id: 'r', parent: null, dir: true }, { id: 'f', parent: 'r', rowid });
  const oracle = open(fixture.file);
  const [file] = children(oracle, 'r');
  expect(file).toMatchObject({ id: 'f' });
  expect(file?.ordinal).toBeGreaterThan(0);
  expect(file?.ordinal).toBeLessThan(2 ** 52);
  expect(oracle.byId(idOf('f'))).toEqual(file);
});

test('ordinals that are not row ids survive insertions before and after', () => {
  const fixture = catalogue(`CREATE TABLE artifacts (${KEYED}) WITHOUT ROWID`);
  fixture.add({ id: 'm', parent: null, dir: true }, { id: 'n', parent: 'm' });
  const before = open(fixture.file).byId(idOf('n'));
  fixture.add({ id: 'a', parent: 'm' }, { id: 'z', parent: 'm' });
  const oracle = open(fixture.file);
  expect(names(oracle, 'm').toSorted()).toEqual(['a', 'n', 'z']);
  expect(oracle.byId(idOf('n'))).toEqual(before);
});

test('keys whose hashes collide are both shown, with ordinals that all connections agree on', () => {
  const fixture = catalogue(`CREATE TABLE artifacts (${KEYED}) WITHOUT ROWID`);
  // The first 48 bits of SHA-256 of "0:k9004149" and "0:k27438040" are the same; so are those of the other pair.
  const keys = ['k27438040', 'k9004149', 'k18791548', 'k30586780'];
  fixture.add({ id: 'r', parent: null, dir: true }, ...keys.map((id) => ({ id, parent: 'r' })));
  const oracle = open(fixture.file);
  const found = children(oracle, 'r');
  expect(found.map(({ id }) => id).toSorted()).toEqual(keys.toSorted());
  expect(new Set(found.map(({ ordinal }) => ordinal)).size).toBe(4);
  expect(oracle.byId(idOf('k27438040'))?.ordinal).toBe(66949620954205 + 1);
  expect(oracle.byId(idOf('k18791548'))?.ordinal).toBe(47142214457586 + 1);
  expect(children(open(fixture.file), 'r')).toEqual(found);
});

test('of rows with one key the first is shown', () => {
  const fixture = catalogue(`CREATE TABLE artifacts (${COLUMNS})`);
  fixture.add(
    { id: 'r', parent: null, dir: true },
    { id: 'twice', parent: 'r', name: 'first' },
    { id: 'twice', parent: 'r', name: 'second' },
  );
  const oracle = open(fixture.file);
  expect(names(oracle, 'r')).toEqual(['first']);
  expect(oracle.lookup(idOf('r'), 'second')).toBeUndefined();
});

test('a mirror follows the catalogue, at most a tenth of the time', async () => {
  const fixture = catalogue(`CREATE TABLE artifacts (${COLUMNS})`);
  fixture.add({ id: 'r', parent: null, dir: true }, { id: 'f', parent: 'r', name: 'old' });
  const clock = new VirtualClock();
  let cost = 0;
  const oracle = open(fixture.file, {
    now: () => (cost += 100) + clock.now(),
    after: clock.after.bind(clock),
  });
  fixture.database.exec(`UPDATE artifacts SET name = 'new' WHERE id = 'f'`);
  expect(names(oracle, 'r')).toEqual(['old']);
  await clock.advance(60_000);
  expect(names(oracle, 'r')).toEqual(['new']);
});

test('a mirror reports a locked catalogue and keeps what it has', () => {
  const fixture = catalogue(`CREATE TABLE artifacts (${COLUMNS})`);
  fixture.add({ id: 'r', parent: null, dir: true }, { id: 'f', parent: 'r' });
  const oracle = open(fixture.file);
  fixture.database.exec('BEGIN EXCLUSIVE');
  expect(failure(() => names(oracle, 'r'))).toMatchObject({ code: 'CATALOGUE_BUSY' });
  fixture.database.exec('ROLLBACK');
  expect(names(oracle, 'r')).toEqual(['f']);
});
