/** `publish` and `jobs` as a person or a script uses them. */
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ownCommand } from '../../../src-main/output/own-command.ts';
import { runOk } from '../../helpers/child.ts';
import { newDirectory } from '../../helpers/system.ts';
import { startStallingServer } from './stalling-listing.ts';
import { expectRefusal, newHome, orbitGhost, startOrbitGhost } from './command-line.ts';

function newTree(): string {
  const tree = newDirectory('tree');
  mkdirSync(join(tree, 'sub'));
  writeFileSync(join(tree, 'sub', 'a.bin'), Buffer.alloc(100_000));
  writeFileSync(join(tree, 'b.txt'), 'b');
  return tree;
}

const newDatabase = (): string => join(newDirectory('catalogue'), 'magnetar.db');

describe('publish', () => {
  it('prints a sentence, and lists what it left out on standard error', async () => {
    const tree = newTree();
    for (let number = 0; number < 25; number += 1) symlinkSync('/etc/passwd', join(tree, `link-${number}`));
    const database = newDatabase();
    const { code, stdout, stderr } = await orbitGhost(['publish', tree, '-d', database], newHome());
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `Published job 1 in ${database}: 2 files, 97.7 KiB.\n`,
    });
    const lines = stderr.trimEnd().split('\n');
    expect(lines[0]).toBe('Left out (25):');
    expect(lines).toHaveLength(22);
    expect(lines[1]).toMatch(/^ {2}link-\d+: .*leaves the tree/);
    expect(lines.at(-1)).toBe('  and 5 more');
  });

  it('prints one line of JSON and nothing else', async () => {
    const tree = newTree();
    const published = await orbitGhost(['publish', tree, '-d', newDatabase(), '--json'], newHome());
    expect(published).toMatchObject({
      code: 0,
      stdout: '{"jobId":1,"files":2,"bytes":100001}\n',
      stderr: '',
    });
  });

  it('is interrupted without a trace in the catalogue', async () => {
    await using server = await startStallingServer();
    const database = newDatabase();
    const child = await startOrbitGhost(['publish', server.url, '-d', database], newHome());
    await server.asked;
    child.signal('SIGINT');
    expect(await child.exited).toEqual({ code: 130, signal: null });
    expect(child.stdout()).toBe('');
    expect(existsSync(database)).toBe(false);
    expect(readdirSync(dirname(database))).toEqual([]);
  });

  it('refuses what cannot be published', async () => {
    const database = newDatabase();
    const none = join(newDirectory('tree'), 'none');
    const file = join(newTree(), 'b.txt');
    const env = newHome();
    expectRefusal(await orbitGhost(['publish', none, '-d', database], env), {
      code: 2,
      says: [none, 'does not exist'],
    });
    expectRefusal(await orbitGhost(['publish', file, '-d', database], env), {
      code: 2,
      says: [file, 'not a directory'],
    });
    expectRefusal(await orbitGhost(['publish', 'gopher://h/', '-d', database], env), {
      code: 2,
      says: ['gopher:'],
    });
    const secret = await orbitGhost(
      ['publish', newTree(), '-d', database, '--source', 'http://ann:pw@h.example/t/'],
      env,
    );
    expectRefusal(secret, { code: 2, says: ['http://h.example/t/', 'password'] });
    expect(secret.stderr).not.toContain('ann');
    const nowhere = join(none, 'magnetar.db');
    expectRefusal(await orbitGhost(['publish', newTree(), '-d', nowhere], env), {
      code: 2,
      says: [none, 'create it'],
    });
    expect(existsSync(database)).toBe(false);
  });
});

describe('jobs', () => {
  it('lists what was published, without credentials', async () => {
    const tree = newTree();
    const database = newDatabase();
    const env = newHome();
    const sources = ['--source', 'http://h.example/t/', '--source', '/srv/t'];
    await orbitGhost(
      ['publish', tree, '-d', database, '--name', 'first', '--block-size', '64K', ...sources],
      env,
    );
    // Publishing refuses a password; another program may have stored one.
    const password = "UPDATE ghost_sources SET uri = 'http://ann:pw@h.example/t/' WHERE rank = 0";
    await runOk('sqlite3', [database, password]);
    await orbitGhost(['publish', tree, '-d', database, '--name', 'second'], env);
    const table = await orbitGhost(['jobs', '-d', database], env);
    expect(table).toMatchObject({ code: 0, stderr: '' });
    expect(table.stdout.split('\n').slice(0, 2)).toEqual([
      'ID  NAME    FILES      SIZE   BLOCK  SOURCES',
      ' 1  first       2  97.7 KiB  64 KiB  http://h.example/t/, /srv/t',
    ]);
    const json = await orbitGhost(['jobs', '-d', database, '--json'], env);
    expect(JSON.parse(json.stdout)).toMatchObject([
      {
        id: 1,
        name: 'first',
        files: 2,
        bytes: 100_001,
        blockSize: 65_536,
        sources: ['http://h.example/t/', '/srv/t'],
      },
      { id: 2, name: 'second', blockSize: 1_048_576, sources: [`file://${tree}`] },
    ]);
  });

  it('says that a catalogue is empty', async () => {
    const database = newDatabase();
    const env = newHome();
    await orbitGhost(['publish', newTree(), '-d', database], env);
    await runOk('sqlite3', [database, 'DELETE FROM jobs; DELETE FROM artifacts; DELETE FROM ghost_job']);
    expect(await orbitGhost(['jobs', '-d', database], env)).toMatchObject({
      code: 0,
      stdout: `The catalogue ${database} has no jobs yet; \`${ownCommand()} publish\` adds one.\n`,
    });
    expect((await orbitGhost(['jobs', '-d', database, '--json'], env)).stdout).toBe('[]\n');
  });

  it('refuses what is no catalogue', async () => {
    const env = newHome();
    const none = newDatabase();
    expectRefusal(await orbitGhost(['jobs', '-d', none], env), { code: 2, says: [none, 'does not exist'] });
    writeFileSync(none, 'text '.repeat(1_000));
    expectRefusal(await orbitGhost(['jobs', '-d', none], env), {
      code: 1,
      says: [none, 'not an SQLite database'],
    });
  });
});
