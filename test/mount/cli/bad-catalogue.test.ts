/** Catalogues and jobs that cannot be mounted: each is refused with a sentence before anything is mounted. */
import { chownSync, chmodSync, mkdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { run } from '../../helpers/child.ts';
import { mountJob } from '../../helpers/mounted-job.ts';
import { newDirectory } from '../../helpers/system.ts';
import { bareCatalogue, expectRefusal, newHome, orbitGhost, smallJob } from './command-line.ts';
import { directoryOfOtherUser, otherUser, runAsOtherUser } from './other-user.ts';

const mounting = (database: string, ...more: readonly string[]): string[] => [
  '--job-id',
  '1',
  '--database',
  database,
  ...more,
];

describe('a catalogue that cannot be mounted', () => {
  it('is missing', async () => {
    const database = join(newDirectory('catalogue'), 'none.db');
    const refused = await orbitGhost(mounting(database), newHome());
    expectRefusal(refused, { code: 2, says: [database, 'does not exist', 'orbit-ghost publish'] });
  });

  it('is a directory', async () => {
    const database = newDirectory('catalogue');
    expectRefusal(await orbitGhost(mounting(database), newHome()), {
      code: 1,
      says: [database, 'not a file'],
    });
  });

  it('is not SQLite', async () => {
    const database = join(newDirectory('catalogue'), 'text.db');
    writeFileSync(database, 'id,name\n'.repeat(10_000));
    const refused = await orbitGhost(mounting(database), newHome());
    expectRefusal(refused, { code: 1, says: [database, 'not an SQLite database'] });
  });

  it('is truncated', async () => {
    const { database, env } = await smallJob();
    truncateSync(database, Math.floor(statSync(database).size / 2));
    const refused = await orbitGhost(mounting(database), env);
    expectRefusal(refused, { code: 1, says: [database, 'damaged or truncated', 'restore'] });
  });

  it('is empty', async () => {
    const database = join(newDirectory('catalogue'), 'empty.db');
    writeFileSync(database, '');
    const refused = await orbitGhost(mounting(database), newHome());
    expectRefusal(refused, { code: 1, says: [database, 'no table "artifacts"'] });
  });

  it('has no artifacts', async () => {
    const path = join(newDirectory('catalogue'), 'other.db');
    const database = new Database(path);
    database.exec('CREATE TABLE invoices (id INTEGER)');
    database.close();
    const refused = await orbitGhost(mounting(path), newHome());
    expectRefusal(refused, { code: 1, says: [path, 'no table "artifacts"'] });
  });

  it('may not be read', async () => {
    const { tree, database } = await smallJob();
    rmSync(tree, { recursive: true });
    chmodSync(database, 0o000);
    chownSync(database, otherUser, statSync(database).gid);
    chmodSync(join(database, '..'), 0o711);
    const mountPoint = directoryOfOtherUser('mount');
    const refused = await runAsOtherUser(mounting(database, '-m', mountPoint), { device: 'open' });
    expectRefusal(refused, { code: 1, says: [database, /permissions/] });
  });

  it('does not know the job', async () => {
    const { database, env } = await smallJob();
    const refused = await orbitGhost(['--job-id', '77', '--database', database], env);
    expectRefusal(refused, { code: 2, says: [database, 'no job 77', 'orbit-ghost jobs'] });
  });

  it('has a job without a root', async () => {
    const database = bareCatalogue([['a', 'gone', 'a.txt', 1, 0]]);
    const refused = await orbitGhost(mounting(database, '--source', '/srv'), newHome());
    expectRefusal(refused, { code: 1, says: ['Job 1', database, 'no root'] });
  });

  it('does not say where the bytes are', async () => {
    const database = bareCatalogue([['root', null, '', 0, 1]]);
    const refused = await orbitGhost(mounting(database), newHome());
    expectRefusal(refused, { code: 2, says: [database, 'job 1', '--source'] });
  });
});

describe('a job that can be mounted', () => {
  it('needs no more than an artifacts table and a source', async () => {
    const tree = newDirectory('tree');
    writeFileSync(join(tree, 'a.txt'), 'bare\n');
    const mtime = Math.floor(statSync(join(tree, 'a.txt')).mtimeMs / 1000);
    const database = bareCatalogue([
      ['root', null, '', 0, 1],
      ['a', 'root', 'a.txt', 5, 0],
    ]);
    const writable = new Database(database);
    writable.prepare("UPDATE artifacts SET mtime = ? WHERE id = 'a'").run(mtime);
    writable.close();
    await using mount = await mountJob({ database, job: 1, env: newHome(), args: ['--source', tree] });
    const read = await run('cat', [join(mount.mountPoint, 'a.txt')]);
    expect(read).toMatchObject({ code: 0, stdout: 'bare\n' });
  });

  it('is mounted with what is wrong in it reported beside', async () => {
    const database = bareCatalogue([
      ['root', null, '', 0, 1],
      ['bad', 'root', 'a/b', 5, 0],
      ['lost', 'nowhere', 'c', 5, 0],
    ]);
    await using mount = await mountJob({ database, job: 1, env: newHome(), args: ['--source', 'sim:'] });
    await mount.process.waitForLine(/ warn .*1 row is hidden.*contains "\/"/, { stream: 'stderr' });
    await mount.process.waitForLine(/ warn .*1 row is out of reach/, { stream: 'stderr' });
    expect(await run('ls', ['-A', mount.mountPoint])).toMatchObject({ code: 0, stdout: '' });
  });

  it('comes up while its source is away, and uncached reads fail with EIO in time', async () => {
    const { tree, database, job, env } = await smallJob();
    rmSync(tree, { recursive: true });
    for (const source of [tree, 'http://127.0.0.1:9/']) {
      await using mount = await mountJob({
        database,
        job,
        env,
        args: ['--source', source, '--deadline', '10'],
      });
      expect(await run('ls', [mount.mountPoint])).toMatchObject({ code: 0, stdout: 'hello.txt\n' });
      const started = performance.now();
      const read = await run('cat', [join(mount.mountPoint, 'hello.txt')]);
      expect(read.stderr).toContain('Input/output error');
      expect(performance.now() - started).toBeLessThan(11_000);
      expect((await mount.unmount()).code).toBe(0);
    }
  });

  it.each(['nothing', 'a directory'])(
    'fails a read with EIO when the source has %s in its place',
    async (found) => {
      const { tree, database, job, env } = await smallJob();
      rmSync(join(tree, 'hello.txt'));
      if (found === 'a directory') mkdirSync(join(tree, 'hello.txt'));
      await using mount = await mountJob({ database, job, env, args: ['--deadline', '10'] });
      const read = await run('cat', [join(mount.mountPoint, 'hello.txt')]);
      expect(read).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('Input/output error'),
      });
    },
  );
});
