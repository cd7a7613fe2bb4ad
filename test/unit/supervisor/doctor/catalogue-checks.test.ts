/** What is said of catalogues that are damaged, locked or odd, of sources that do not give what they should, and of the clock. */
import { openSync, closeSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { examineCatalogue } from '../../../../src-main/supervisor/doctor/catalogue-checks.ts';
import type { ExaminedJob } from '../../../../src-main/supervisor/doctor/catalogue-messages.ts';
import { clockCheck } from '../../../../src-main/supervisor/doctor/clock-check.ts';
import { sourceChecks } from '../../../../src-main/supervisor/doctor/source-checks.ts';
import { startFileServer } from '../../../helpers/file-server.ts';
import { VirtualClock } from '../../../helpers/virtual-clock.ts';
import { catalogue, temporaryDirectory, type Fixture } from '../../metadata/catalogue-fixture.ts';

const MTIME = 1_700_000_000;

function smallCatalogue(source = 'sim:?seed=1'): Fixture {
  const fixture = catalogue();
  fixture.database.prepare(`INSERT INTO jobs (id, source, destination) VALUES (1, ?, 'survey')`).run(source);
  fixture.add(
    { id: 'root', parent: null, name: 'root', dir: true },
    { id: 'empty', parent: 'root', name: 'empty', size: 0 },
    { id: 'folder', parent: 'root', name: 'folder', dir: true },
    { id: 'file', parent: 'folder', name: 'notes.txt', size: 5, mtime: MTIME },
  );
  return fixture;
}

const jobWith = (...sources: readonly string[]): ExaminedJob => ({
  id: 7,
  sources,
  object: { id: 'file', path: ['notes.txt'], size: 5, mtime: MTIME },
});

describe('a catalogue', () => {
  test('that is sound says so, and what its sources can be asked for', async () => {
    const { file } = smallCatalogue();
    const { jobs, checks } = examineCatalogue(file);
    expect(await jobs).toMatchObject([
      { id: 1, sources: ['sim:?seed=1'], object: { id: 'file', path: ['folder', 'notes.txt'], size: 5 } },
    ]);
    expect(await checks).toMatchObject([{ level: 'ok', sentence: `${file} is sound; it has 1 job.` }]);
  });

  test('that takes too long is a warning, and nobody waits for it any longer', async () => {
    const fixture = smallCatalogue();
    fixture.database.pragma('journal_mode = DELETE');
    fixture.database.exec('BEGIN EXCLUSIVE');
    const clock = new VirtualClock();
    const { jobs, checks } = examineCatalogue(fixture.file, clock);
    await clock.advance(30_000);
    expect(await jobs).toEqual([]);
    const sentence = `${fixture.file} takes longer than 30 s to examine; what was found until then is told.`;
    expect(await checks).toEqual([{ name: 'Catalogue', level: 'warning', sentence }]);
    fixture.database.exec('COMMIT');
  });

  test('with rows that a mount hides is a warning that says which', async () => {
    const fixture = smallCatalogue();
    fixture.add({ id: 'bad', parent: 'root', name: 'a/b', size: 1 });
    expect(await examineCatalogue(fixture.file).checks).toMatchObject([
      { level: 'warning', sentence: expect.stringContaining('the name contains "/"') as string },
    ]);
  });

  test('that is damaged in the middle is a problem, also where it can still be listed', async () => {
    const fixture = smallCatalogue();
    fixture.add(
      ...Array.from({ length: 3_000 }, (_, index) => ({
        id: `f${index}`,
        parent: 'folder',
        name: `n${index}`,
        size: 1,
      })),
    );
    fixture.database.close();
    const descriptor = openSync(fixture.file, 'r+');
    // The last pages are leaves of tables and indexes.
    writeSync(descriptor, Buffer.alloc(8_192, 0xa5), 0, 8_192, statSync(fixture.file).size - 8_192);
    closeSync(descriptor);
    const [first] = await examineCatalogue(fixture.file).checks;
    expect(first).toMatchObject({ level: 'problem', sentence: expect.stringMatching(/damaged/) as string });
  });

  test('that is locked, missing or no database is a problem with what to do', async () => {
    const { file, database } = smallCatalogue();
    database.exec('BEGIN EXCLUSIVE');
    const text = join(temporaryDirectory(), 'text.db');
    writeFileSync(text, 'x'.repeat(4_096));
    const missing = join(temporaryDirectory(), 'missing.db');
    const checked = await Promise.all([file, text, missing].map((path) => examineCatalogue(path).checks));
    expect(checked.map((checks) => checks.map(({ level }) => level))).toEqual([
      ['problem'],
      ['problem'],
      ['problem'],
    ]);
    const [locked, plain, gone] = checked.map(([check]) => check?.sentence);
    expect(locked).toContain('is locked by another program');
    expect(plain).toContain('is not an SQLite database');
    expect(gone).toContain('does not exist');
  });
});

describe('a source', () => {
  async function served(status?: number) {
    const tree = temporaryDirectory();
    writeFileSync(join(tree, 'notes.txt'), 'hello');
    const server = await startFileServer(tree, { refusal: () => status });
    onTestFinished(() => server.close());
    return server;
  }

  test('that gives what it is asked for is well, and asked for one byte', async () => {
    const server = await served();
    expect(await sourceChecks([jobWith(`${server.url}/`)])).toMatchObject([{ level: 'ok' }]);
    expect(server.requests('notes.txt').map(({ headers }) => headers.range)).toEqual(['bytes=0-0']);
    expect(server.bytes()).toBe(1);
  });

  test.each([
    [401, /wants other credentials \(401\)/, /Renew the access/],
    [404, /no longer has it as published \(404\); publish it again/, undefined],
    [503, /in trouble \(503\)/, /Check the network/],
  ])(
    'that answers %i is a problem with what to do, and tells no credentials',
    async (status, says, remedy) => {
      const { port } = await served(status);
      const [check, ...rest] = await sourceChecks([
        jobWith(`http://ada:geheim@127.0.0.1:${port}/?token=geheim`),
      ]);
      expect(rest).toEqual([]);
      expect(check).toMatchObject({ level: 'problem', sentence: expect.stringMatching(says) as string });
      if (remedy !== undefined) expect(check?.remedy).toMatch(remedy);
      expect(JSON.stringify(check)).not.toContain('geheim');
    },
  );

  test('that is not there is a problem, and a warning where the job has another', async () => {
    const server = await served();
    const { port } = server;
    await server.close();
    const gone = `http://127.0.0.1:${port}/`;
    expect(await sourceChecks([jobWith(gone)])).toMatchObject([
      { level: 'problem', sentence: expect.stringContaining('nothing listens there') as string },
    ]);
    expect(await sourceChecks([jobWith(gone, 'sim:?seed=1')])).toMatchObject([
      { level: 'ok' },
      { level: 'warning', sentence: expect.stringContaining('has another source') as string },
    ]);
    expect(await sourceChecks([jobWith('ftp://host/')])).toMatchObject([
      { level: 'problem', sentence: expect.stringContaining('unknown scheme') as string },
    ]);
  });
});

describe('the clock', () => {
  /** The address of a server whose clock is off by so many seconds. */
  async function serverAhead(seconds: number): Promise<string> {
    const server: Server = createServer((_, response) => {
      response.setHeader('date', new Date(Date.now() + seconds * 1_000).toUTCString());
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/files`;
  }

  test('is compared with that of the sources, the closest of which counts', async () => {
    const [right, early, hours] = await Promise.all([0, -90, 7_200].map(serverAhead));
    const level = async (...sources: readonly (string | undefined)[]) =>
      await clockCheck([jobWith(...sources.filter((one) => one !== undefined))]);
    expect(await level(right)).toMatchObject({ level: 'ok' });
    expect(await level(early)).toMatchObject({
      level: 'warning',
      sentence: expect.stringMatching(/ (89|90|91) s ahead/) as string,
    });
    expect(await level(hours)).toMatchObject({
      level: 'problem',
      sentence: expect.stringContaining('120 minutes behind') as string,
    });
    expect(await level(hours, right)).toMatchObject({ level: 'ok' });
    expect(await level('sim:')).toMatchObject({
      level: 'ok',
      sentence: expect.stringContaining('not compared') as string,
    });
  });
});
