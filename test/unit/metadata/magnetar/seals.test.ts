/** A job published with a key, and what is noticed when somebody changes its catalogue. Real catalogues, written by `publish`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeEach, describe, expect, it, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../../src-main/engine/clock.ts';
import { transferRequest } from '../../../../src-main/engine/entangler/descriptions.ts';
import { readHmacKey, secretFor } from '../../../../src-main/engine/hmac-keys.ts';
import { blockSizeOf } from '../../../../src-main/engine/job-layout.ts';
import type { Artifact } from '../../../../src-main/engine/metadata/metadata-oracle.ts';
import {
  openMagnetar,
  type MagnetarAdapter,
} from '../../../../src-main/engine/metadata/magnetar/magnetar-adapter.ts';
import { publish } from '../../../../src-main/engine/publish/publish.ts';
import { hasDigest } from '../../../../src-main/engine/verify.ts';
import type { CacheKey } from '../../../../src-main/engine/cache/block-cache.ts';
import { contents, find, place } from '../../publish/publish-fixture.ts';
import { failure, names, temporaryDirectory } from '../catalogue-fixture.ts';

const BLOCK = 65_536;
const DATA = Buffer.concat([Buffer.alloc(BLOCK, 1), Buffer.alloc(BLOCK, 2), Buffer.alloc(10, 3)]);
const FILES = {
  'docs/a.txt': 'a',
  'docs/b.txt': 'b',
  'docs/grüße/c.bin': DATA,
  'docs/grüße/d.bin': DATA,
  'empty.txt': '',
  'other/e.txt': 'e',
};

let keyFile: string;
let database: string;
let tree: string;

beforeEach(async () => {
  keyFile = join(temporaryDirectory(), 'key');
  writeFileSync(keyFile, Buffer.alloc(32, 9), { mode: 0o600 });
  ({ tree, database } = place(FILES));
  await publishKeyed();
});

async function publishKeyed(): Promise<void> {
  await publish({ directory: tree, database, blockSize: BLOCK, hmacKeyFile: keyFile });
}

function open(job = 1): MagnetarAdapter {
  const keys = { files: [keyFile], required: true };
  const oracle = openMagnetar(database, job, systemClock, (described) =>
    secretFor(described, database, keys),
  );
  onTestFinished(() => oracle.close());
  return oracle;
}

function change(...statements: readonly string[]): void {
  const writer = new Database(database);
  try {
    for (const sql of statements) expect(writer.prepare(sql).run().changes, sql).toBeGreaterThan(0);
  } finally {
    writer.close();
  }
}

function artifact(oracle: MagnetarAdapter, path: string): Artifact {
  const found = find(oracle, path);
  if (found === undefined) throw new Error(`no ${path}`);
  return found;
}

/** What the Wormhole is to compare a block with. */
function expected(oracle: MagnetarAdapter, { id, size, mtime }: Artifact, block: number) {
  const digests = oracle.digests(id);
  const file = { id, size, mtime, key: 'k' as CacheKey, blockSize: blockSizeOf(oracle.job) };
  const description = { object: { id, size, mtime, path: [] }, digests };
  return transferRequest({ file, block, priority: 'user' }, description, 1).digest;
}

async function isRight(oracle: MagnetarAdapter, path: string, block: number, at = block): Promise<boolean> {
  const digest = expected(oracle, artifact(oracle, path), block);
  if (digest === undefined || digest instanceof Uint8Array) throw new Error('no MAC');
  return await hasDigest(DATA.subarray(at * BLOCK, (at + 1) * BLOCK), digest);
}

const idOf = (name: string): string => `(SELECT id FROM artifacts WHERE name = '${name}')`;
const TAMPERED = { code: 'CATALOGUE_INVALID', message: /^Job 1 of the catalogue .* changed the catalogue/ };

describe('a job published with a key', () => {
  it('comes back as it was, and its blocks have their MACs', async () => {
    const oracle = open();
    expect(contents(oracle)).toEqual({
      docs: 'directory',
      'docs/a.txt': 1,
      'docs/b.txt': 1,
      'docs/grüße': 'directory',
      'docs/grüße/c.bin': DATA.length,
      'docs/grüße/d.bin': DATA.length,
      'empty.txt': 0,
      other: 'directory',
      'other/e.txt': 1,
    });
    for (const block of [0, 1, 2]) expect(await isRight(oracle, 'docs/grüße/c.bin', block)).toBe(true);
    expect(await isRight(oracle, 'docs/grüße/c.bin', 0, 1)).toBe(false);
    expect(oracle.digests(artifact(oracle, 'empty.txt').id)?.digests).toHaveLength(0);
  });

  it('has no two MACs alike, though files and blocks are', () => {
    const writer = new Database(database, { readonly: true });
    const rows = writer.prepare<[], Buffer>('SELECT digests FROM ghost_digests').pluck().all();
    writer.close();
    const macs = rows.flatMap((row) =>
      Array.from({ length: row.length / 32 }, (_, at) => row.toString('hex', at * 32, (at + 1) * 32)),
    );
    expect(new Set(macs).size).toBe(macs.length);
    expect(macs).toHaveLength(9);
  });

  it('can be listed without the key, but has no digests then', () => {
    const oracle = openMagnetar(database, 1);
    onTestFinished(() => oracle.close());
    expect(names(oracle, oracle.root().id)).toContain('docs');
    expect(failure(() => oracle.digests(artifact(oracle, 'docs/a.txt').id))).toMatchObject({
      code: 'CATALOGUE_INVALID',
    });
  });

  it('is as good in a catalogue that must be mirrored', () => {
    const writer = new Database(database);
    writer.exec('DROP INDEX idx_artifacts_parent_id; DROP INDEX idx_artifacts_parent_name');
    writer.close();
    const oracle = open();
    expect(Object.keys(contents(oracle))).toHaveLength(9);
    change(`UPDATE artifacts SET name = 'z.txt' WHERE name = 'a.txt'`);
    expect(failure(() => open().lookup(artifact(open(), 'docs').id, 'z.txt'))).toMatchObject(TAMPERED);
  });

  it('leaves other jobs of its catalogue alone', async () => {
    await publish({ directory: tree, database, blockSize: BLOCK });
    await publishKeyed();
    expect(Object.keys(contents(open(1)))).toHaveLength(9);
    expect(Object.keys(contents(open(3)))).toHaveLength(9);
    const plain = openMagnetar(database, 2);
    onTestFinished(() => plain.close());
    expect(plain.digests(artifact(plain, 'docs/a.txt').id)?.algorithm).toBe('sha256');
  });
});

describe('a tree that somebody changed', () => {
  it.each<[string, readonly string[]]>([
    ['a file renamed', [`UPDATE artifacts SET name = 'c.txt' WHERE name = 'a.txt'`]],
    [
      'two files that swapped names',
      [
        `UPDATE artifacts SET name = 'x' WHERE name = 'a.txt'`,
        `UPDATE artifacts SET name = 'a.txt' WHERE name = 'b.txt'`,
        `UPDATE artifacts SET name = 'b.txt' WHERE name = 'x'`,
      ],
    ],
    ['a file removed', [`DELETE FROM artifacts WHERE name = 'a.txt'`]],
    [
      'a file added',
      [
        `INSERT INTO artifacts (id, job_id, parent_id, name, size, is_dir, mtime) VALUES ('new', 1, ${idOf('docs')}, 'new', 0, 0, 0)`,
      ],
    ],
    ['a file moved in', [`UPDATE artifacts SET parent_id = ${idOf('docs')} WHERE name = 'e.txt'`]],
    ['a file cut short', [`UPDATE artifacts SET size = 0 WHERE name = 'a.txt'`]],
    ['another time', [`UPDATE artifacts SET mtime = mtime + 1 WHERE name = 'b.txt'`]],
    ['a directory turned into a file', [`UPDATE artifacts SET is_dir = 0 WHERE name = 'grüße'`]],
    ['its seal taken away', [`DELETE FROM ghost_seals WHERE artifact_id = ${idOf('docs')}`]],
    [
      'the seal of another directory',
      [
        `UPDATE ghost_seals SET seal = (SELECT seal FROM ghost_seals WHERE artifact_id = ${idOf('other')}) WHERE artifact_id = ${idOf('docs')}`,
      ],
    ],
  ])('is noticed in its directory: %s', (_, statements) => {
    const before = open();
    const docs = artifact(before, 'docs').id;
    change(...statements);
    for (const oracle of [before, open()]) {
      expect(failure(() => oracle.lookup(docs, 'a.txt'))).toMatchObject(TAMPERED);
      expect(failure(() => oracle.lookup(docs, 'never there'))).toMatchObject(TAMPERED);
      expect(failure(() => names(oracle, docs))).toMatchObject(TAMPERED);
      expect(names(oracle, oracle.root().id)).toContain('docs');
    }
  });

  it('shows no row of it by its number either', () => {
    const { ordinal, id } = artifact(open(), 'docs/a.txt');
    change(`UPDATE artifacts SET size = 2 WHERE name = 'a.txt'`);
    const oracle = open();
    expect(failure(() => oracle.byOrdinal(ordinal))).toMatchObject(TAMPERED);
    expect(failure(() => oracle.byId(id))).toMatchObject(TAMPERED);
    expect(failure(() => oracle.sourcePath(id))).toMatchObject(TAMPERED);
    expect(failure(() => oracle.digests(id))).toMatchObject(TAMPERED);
  });

  it('is well again when the change is undone', () => {
    const oracle = open();
    const docs = artifact(oracle, 'docs').id;
    change(`UPDATE artifacts SET name = 'x' WHERE name = 'a.txt'`);
    expect(failure(() => names(oracle, docs))).toMatchObject(TAMPERED);
    change(`UPDATE artifacts SET name = 'a.txt' WHERE name = 'x'`);
    expect(names(oracle, docs)).toContain('a.txt');
  });

  it.each<[string, readonly string[]]>([
    ['a file in the root renamed', [`UPDATE artifacts SET name = 'full.txt' WHERE name = 'empty.txt'`]],
    ['all seals gone', ['DELETE FROM ghost_seals']],
    ['other totals', ['UPDATE ghost_job SET bytes = bytes - 1']],
    ['another block size', ['UPDATE ghost_job SET block_size = block_size * 2']],
    ['the name of another publication', [`UPDATE ghost_job SET content_id = 'x'`]],
    [
      'another root',
      [
        `UPDATE artifacts SET parent_id = 'nowhere' WHERE parent_id IS NULL`,
        `UPDATE artifacts SET parent_id = NULL WHERE name = 'docs'`,
      ],
    ],
  ])('is not even opened: %s', (_, statements) => {
    change(...statements);
    expect(failure(() => open())).toMatchObject(TAMPERED);
  });

  it('is not even opened: another job in its place', async () => {
    await publishKeyed();
    const tables = ['artifacts', 'ghost_job', 'ghost_digests', 'ghost_seals'];
    change(
      ...[
        [1, 9],
        [2, 1],
        [9, 2],
      ].flatMap(([from, to]) =>
        tables.map((table) => `UPDATE ${table} SET job_id = ${to} WHERE job_id = ${from}`),
      ),
    );
    expect(failure(() => open())).toMatchObject(TAMPERED);
  });

  it('is not even opened: without the name of its key, by who requires one', () => {
    change('UPDATE ghost_job SET key_id = NULL');
    expect(failure(() => open())).toMatchObject({ code: 'CATALOGUE_INVALID', message: /not published with/ });
  });
});

describe('MACs that somebody changed', () => {
  const digestsOf = (name: string): string =>
    `(SELECT digests FROM ghost_digests WHERE artifact_id = ${idOf(name)})`;

  test('of two blocks that were swapped let neither pass', async () => {
    change(
      `UPDATE ghost_digests SET digests = CAST(substr(digests, 33, 32) || substr(digests, 1, 32) || substr(digests, 65) AS BLOB) WHERE artifact_id = ${idOf('c.bin')}`,
    );
    const oracle = open();
    for (const block of [0, 1]) {
      for (const at of [0, 1]) expect(await isRight(oracle, 'docs/grüße/c.bin', block, at)).toBe(false);
    }
    expect(await isRight(oracle, 'docs/grüße/c.bin', 2)).toBe(true);
  });

  test('of another file, equal in every byte, let nothing pass', async () => {
    change(`UPDATE ghost_digests SET digests = ${digestsOf('d.bin')} WHERE artifact_id = ${idOf('c.bin')}`);
    expect(await isRight(open(), 'docs/grüße/c.bin', 0)).toBe(false);
  });

  test('of an earlier publication of the same tree let nothing pass', async () => {
    await publishKeyed();
    const of = (job: number): string =>
      `(SELECT digests FROM ghost_digests g JOIN artifacts a ON a.id = g.artifact_id WHERE a.name = 'c.bin' AND a.job_id = ${job})`;
    change(`UPDATE ghost_digests SET digests = ${of(1)} WHERE digests = ${of(2)}`);
    const oracle = open(2);
    const digest = expected(oracle, artifact(oracle, 'docs/grüße/c.bin'), 0);
    expect(await hasDigest(DATA.subarray(0, BLOCK), digest!)).toBe(false);
  });

  test.each([
    ['that are gone', `DELETE FROM ghost_digests WHERE artifact_id = ${idOf('c.bin')}`],
    ['that were made plain digests', `UPDATE ghost_digests SET algorithm = 'sha256'`],
    [
      'that end too early',
      'UPDATE ghost_digests SET digests = substr(digests, 1, 32) WHERE length(digests) > 32',
    ],
  ])('%s are an error, never none', (_, sql) => {
    change(sql);
    const oracle = open();
    expect(failure(() => expected(oracle, artifact(oracle, 'docs/grüße/c.bin'), 0))).toMatchObject({
      code: 'CATALOGUE_INVALID',
    });
  });
});

test('the catalogue holds nothing of the key but its name', () => {
  const writer = new Database(database, { readonly: true });
  const keyId = writer.prepare<[], string>('SELECT key_id FROM ghost_job').pluck().get();
  writer.close();
  expect(keyId).toBe(readHmacKey(keyFile).id);
});
