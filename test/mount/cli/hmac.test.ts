/**
 * A job that is published with a key, through the real command line and real mounts: what a person sees when the source, the
 * catalogue or the key is not what it should be, and that the key itself is nowhere to be seen.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run, runOk } from '../../helpers/child.ts';
import { mountJob, publish, type MountedJob } from '../../helpers/mounted-job.ts';
import { engineOf } from '../../helpers/running-engine.ts';
import { newDirectory } from '../../helpers/system.ts';
import { until } from '../../helpers/system-until.ts';
import { writeSeededFile } from '../../helpers/tree.ts';
import { expectRefusal, newHome, orbitGhost } from './command-line.ts';
import { mountJobOf, startUp, writeConfig } from './running-up.ts';

const BLOCK = 64 * 2 ** 10;
/** Text, so that it can be looked for everywhere. */
const KEY = 'a8f1c0ffee5e41ed0123456789abcdef-the-key-of-the-test';
/** A check of the sources and a restart of an engine on a busy machine. Milliseconds. */
const LIMIT_MS = 60_000;

interface Keyed {
  readonly tree: string;
  readonly database: string;
  readonly key: string;
  readonly job: number;
}

function keyFile(text = KEY): string {
  const file = join(newDirectory('keys'), 'survey.key');
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

async function keyedJob(database = join(newDirectory('catalogue'), 'magnetar.db')): Promise<Keyed> {
  const tree = newDirectory('tree');
  mkdirSync(join(tree, 'docs'));
  writeSeededFile(join(tree, 'data.bin'), 3 * BLOCK + 5, 1);
  writeSeededFile(join(tree, 'docs', 'a.bin'), BLOCK, 2);
  writeSeededFile(join(tree, 'docs', 'b.bin'), BLOCK, 3);
  const key = keyFile();
  const { jobId } = await publish({ tree, database, blockSize: BLOCK, args: ['--hmac-key-file', key] });
  return { tree, database, key, job: jobId };
}

const withKey = (key: string) => ({ args: ['--hmac-key-file', key] });

const readBlock = (path: string, block: number) =>
  run('dd', [`if=${path}`, `bs=${BLOCK}`, `skip=${block}`, 'count=1', 'iflag=direct', 'status=none']);

/** Changes the bytes, and neither the size nor the time. */
function flipByte(file: string, at: number): void {
  const { atime, mtime } = statSync(file);
  const bytes = readFileSync(file);
  bytes[at]! ^= 1;
  writeFileSync(file, bytes);
  utimesSync(file, atime, mtime);
}

const sql = async (database: string, statement: string): Promise<string> =>
  await runOk('sqlite3', [database, statement]);

const idOf = (name: string): string => `(SELECT id FROM artifacts WHERE name = '${name}')`;

/** The log comes by way of the engine, later than what the reader gets. */
async function told(mount: MountedJob, what: RegExp): Promise<void> {
  await until(`${String(what)} in the log`, () => what.test(mount.stderr()), LIMIT_MS);
}

/** What other programs can see of the mount's processes. */
function seenOf(mount: MountedJob): Buffer[] {
  return [mount.process.pid, engineOf(mount)].flatMap((id) =>
    ['cmdline', 'environ'].map((file) => readFileSync(`/proc/${String(id)}/${file}`)),
  );
}

/** Every file below the directories. */
function filesBelow(...directories: readonly string[]): Buffer[] {
  return directories.flatMap((directory) =>
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name))),
  );
}

describe('a job published with a key', () => {
  it.each(['linux-kernel', 'fuse-native'])(
    'reads as its original with %s, and from the cache alone',
    async (driver) => {
      const { tree, database, key, job } = await keyedJob();
      const args = ['--hmac-key-file', key, '--driver', driver];
      await using first = await mountJob({ database, job, args });
      await runOk('diff', ['-r', tree, first.mountPoint]);
      await first.unmount();
      renameSync(tree, `${tree} away`);
      const { cacheDirectory } = first;
      await using second = await mountJob({ database, job, args, cacheDirectory });
      await runOk('diff', ['-r', `${tree} away`, second.mountPoint]);
    },
  );

  it('goes on when its engine is killed', async () => {
    const { tree, database, key, job } = await keyedJob();
    await using mount = await mountJob({ database, job, ...withKey(key) });
    const killed = engineOf(mount)!;
    process.kill(killed, 'SIGKILL');
    await runOk('diff', ['-r', tree, mount.mountPoint]);
    expect(engineOf(mount)).not.toBe(killed);
  });

  it('leaves its key in no log, catalogue, cache, argument or message', async () => {
    const { tree, database, key, job } = await keyedJob();
    const home = newDirectory('home');
    await using mount = await mountJob({
      database,
      job,
      env: { HOME: home },
      args: ['--hmac-key-file', key, '--log-level', 'debug'],
    });
    flipByte(join(tree, 'data.bin'), 5);
    expect(await readBlock(join(mount.mountPoint, 'data.bin'), 0)).toMatchObject({ code: 1 });
    await runOk('cat', [join(mount.mountPoint, 'docs', 'a.bin')]);
    const forms = [KEY, Buffer.from(KEY).toString('base64'), Buffer.from(KEY).toString('hex')];
    const seen = seenOf(mount);
    await mount.unmount();
    const files = filesBelow(home, dirname(database), mount.cacheDirectory);
    const found = [...seen, ...files, Buffer.from(mount.stderr())];
    expect(found.length).toBeGreaterThan(6);
    for (const trace of found) for (const form of forms) expect(trace.includes(form)).toBe(false);
    expect(found.some((trace) => trace.includes('data.bin'))).toBe(true);
  });
});

describe('a source that was tampered with', () => {
  it('gives no byte of the block: an I/O error, told in the log; its neighbours are read', async () => {
    const { tree, database, key, job } = await keyedJob();
    const right = await readBlock(join(tree, 'data.bin'), 0);
    flipByte(join(tree, 'data.bin'), BLOCK + 9);
    await using mount = await mountJob({ database, job, ...withKey(key) });
    const file = join(mount.mountPoint, 'data.bin');
    const wrong = await readBlock(file, 1);
    expect(wrong).toMatchObject({ code: 1, stdout: '' });
    expect(wrong.stderr).toContain('Input/output error');
    await told(mount, /a corrupt block was discarded/);
    expect(await readBlock(file, 0)).toEqual(right);
  });

  it('is passed over for one that was not', async () => {
    const { tree, database, key, job } = await keyedJob();
    const copy = newDirectory('copy');
    await runOk('cp', ['-a', `${tree}/.`, copy]);
    flipByte(join(tree, 'data.bin'), 9);
    const args = ['--hmac-key-file', key, '--source', tree, '--source', copy];
    await using mount = await mountJob({ database, job, args });
    await runOk('diff', ['-r', copy, mount.mountPoint]);
    await told(mount, /a corrupt block was discarded/);
  });
});

describe('a catalogue that was tampered with', () => {
  it('lets no block pass whose MAC was swapped for another', async () => {
    const { tree, database, key, job } = await keyedJob();
    await sql(
      database,
      `UPDATE ghost_digests SET digests = CAST(substr(digests, 33, 32) || substr(digests, 1, 32) || substr(digests, 65) AS BLOB) WHERE artifact_id = ${idOf('data.bin')}`,
    );
    // The mirror goes along with it.
    const file = join(tree, 'data.bin');
    const { atime, mtime } = statSync(file);
    const bytes = readFileSync(file);
    const swapped = [bytes.subarray(BLOCK, 2 * BLOCK), bytes.subarray(0, BLOCK), bytes.subarray(2 * BLOCK)];
    writeFileSync(file, Buffer.concat(swapped));
    utimesSync(file, atime, mtime);
    await using mount = await mountJob({ database, job, ...withKey(key) });
    const through = join(mount.mountPoint, 'data.bin');
    for (const block of [0, 1])
      expect(await readBlock(through, block)).toMatchObject({ code: 1, stdout: '' });
    expect(await readBlock(through, 2)).toMatchObject({ code: 0 });
  });

  it('shows no directory in which files were swapped, taken away or added, also while it is mounted', async () => {
    const { tree, database, key, job } = await keyedJob();
    await using mount = await mountJob({ database, job, ...withKey(key) });
    const docs = join(mount.mountPoint, 'docs');
    await runOk('ls', [docs]);
    await sql(
      database,
      `UPDATE artifacts SET name = CASE name WHEN 'a.bin' THEN 'b.bin' ELSE 'a.bin' END WHERE name IN ('a.bin', 'b.bin')`,
    );
    // What the kernel knows of names it forgets after a second.
    await until(
      'the change is noticed',
      async () => (await run('cat', [join(docs, 'a.bin')])).code === 1,
      LIMIT_MS,
    );
    expect(await run('ls', [docs])).toMatchObject({ code: 2, stderr: /Input\/output error/ });
    await told(mount, /changed the catalogue/);
    await runOk('cmp', [join(tree, 'data.bin'), join(mount.mountPoint, 'data.bin')]);
    await mount.unmount();
    await sql(database, `DELETE FROM artifacts WHERE name = 'a.bin'`);
    await using again = await mountJob({ database, job, ...withKey(key) });
    expect(await run('ls', [join(again.mountPoint, 'docs')])).toMatchObject({
      stderr: /Input\/output error/,
    });
  });

  it('is not mounted when its root or its facts were changed, or its key taken out', async () => {
    const { database, key, job } = await keyedJob();
    const env = newHome();
    const mount = (...args: readonly string[]) =>
      orbitGhost(['--job-id', String(job), '-d', database, '-m', newDirectory('mount'), ...args], env);
    await sql(database, `UPDATE artifacts SET name = 'date.bin' WHERE name = 'data.bin'`);
    expectRefusal(await mount('--hmac-key-file', key), {
      code: 1,
      says: [database, 'changed the catalogue', 'publish the job again'],
    });
    await sql(database, `UPDATE artifacts SET name = 'data.bin' WHERE name = 'date.bin'`);
    await sql(database, `UPDATE ghost_job SET key_id = NULL`);
    expectRefusal(await mount('--hmac-key-file', key), {
      code: 1,
      says: [database, 'was not published with an HMAC key', 'publish it again'],
    });
  });
});

describe('a key', () => {
  it('that is missing, wrong or open to others keeps the job from being mounted, and says what to do', async () => {
    const { database, key, job } = await keyedJob();
    const env = newHome();
    const mount = (...args: readonly string[]) =>
      orbitGhost(['--job-id', String(job), '-d', database, '-m', newDirectory('mount'), ...args], env);
    expectRefusal(await mount(), {
      code: 2,
      says: [database, join(env['HOME'] ?? '', '.config/orbit-ghost/keys'), '--hmac-key-file'],
    });
    const wrong = keyFile('another key of at least thirty-two bytes');
    expectRefusal(await mount('--hmac-key-file', wrong), { code: 2, says: [`${wrong} holds another key`] });
    const none = join(newDirectory('keys'), 'none');
    expectRefusal(await mount('--hmac-key-file', none), { code: 2, says: [`${none} does not exist`] });
    chmodSync(key, 0o644);
    expectRefusal(await mount('--hmac-key-file', key), { code: 2, says: [`chmod 600 ${key}`] });
  });

  it('that is of no use is refused before anything is published', async () => {
    const tree = newDirectory('tree');
    const database = join(newDirectory('catalogue'), 'magnetar.db');
    const short = keyFile('too short');
    const refused = await orbitGhost(['publish', tree, '-d', database, '--hmac-key-file', short], newHome());
    expectRefusal(refused, { code: 2, says: [short, '9 bytes', '32'] });
    expect(refused.stderr).not.toContain('too short');
    expect(existsSync(database)).toBe(false);
  });

  it('is found in the directory of keys, and where a variable says', async () => {
    const { tree, database, key, job } = await keyedJob();
    const home = newDirectory('home');
    const keys = join(home, '.config', 'orbit-ghost', 'keys');
    mkdirSync(keys, { recursive: true });
    await runOk('cp', ['-p', key, join(keys, 'some.key')]);
    const env = { HOME: home, XDG_CONFIG_HOME: '' };
    await using found = await mountJob({ database, job, env });
    await runOk('diff', ['-r', tree, found.mountPoint]);
    await found.unmount();
    await using named = await mountJob({ database, job, env: { ORBIT_GHOST_HMAC_KEY_FILE: key } });
    await runOk('diff', ['-r', tree, named.mountPoint]);
  });

  it('is found by the running program, which mounts no job without one when that is required', async () => {
    const { tree, database, key } = await keyedJob();
    await publish({ tree, database, args: ['--name', 'plain'] });
    await sql(database, `UPDATE jobs SET destination = 'keyed' WHERE id = 1`);
    const env = newHome();
    writeConfig(env, `[hmac]\nkey-files = [${JSON.stringify(key)}]\nrequired = true\n`);
    const up = await startUp(['--no-screen', '--catalogue', database], env);
    await runOk('diff', ['-r', tree, await mountJobOf(up, 'keyed')]);
    const plain = await up.type('mount', 'plain');
    expect(plain).toMatchObject({ code: 1, stdout: '' });
    expect(plain.stderr).toContain('was not published with an HMAC key');
  });
});
