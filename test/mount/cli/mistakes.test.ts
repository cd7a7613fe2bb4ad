/** Mistakes and losses that end with a sentence and an exit code a script can trust. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../../helpers/child.ts';
import { commandLine } from '../../helpers/mounted-job.ts';
import { newDirectory } from '../../helpers/system.ts';
import { expectRefusal, newHome, orbitGhost, smallJob, startOrbitGhost } from './command-line.ts';

describe('help', () => {
  it('refuses a command that does not exist', async () => {
    const says = [/no command "nope"/, /publish, jobs and demo/];
    expectRefusal(await orbitGhost(['help', 'nope'], newHome()), { code: 2, says });
  });

  it('refuses more than one command', async () => {
    expectRefusal(await orbitGhost(['help', 'publish', 'frob'], newHome()), { code: 2, says: ['frob'] });
  });
});

describe('standard output', () => {
  it.each([
    ['on a full disk fails', '/dev/full', 1, /^The result cannot be written.*ENOSPC[^\n]*\n$/],
    ['that is thrown away does not', '/dev/null', 0, /^$/],
  ])('%s, and what was published stays', async (_, output, code, sentence) => {
    const { env, tree, database } = await smallJob();
    const args = ['-c', 'exec "$@" >"$0"', output, ...commandLine, 'publish', tree, '-d', database, '--json'];
    const { stderr, ...ended } = await run('sh', args, { env });
    expect(ended.code).toBe(code);
    expect(stderr).toMatch(sentence);
    expect(JSON.parse((await orbitGhost(['jobs', '-d', database, '--json'], env)).stdout)).toHaveLength(2);
  });
});

describe('publish', () => {
  it('fails when it could not read a file, although the rest is published', async () => {
    const server = createServer(({ url }, response) => {
      if (url === '/') {
        response.setHeader('content-type', 'text/html');
        response.end(
          '<html><head><title>Index of /</title></head><body><a href="good.txt">good.txt</a><a href="bad.txt">bad.txt</a></body></html>',
        );
      } else if (url === '/good.txt') response.end('good');
      else response.writeHead(403).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const database = join(newDirectory('catalogue'), 'magnetar.db');
    const url = `http://127.0.0.1:${String(port)}/`;
    const published = await orbitGhost(['publish', url, '-d', database], newHome());
    expect(published).toMatchObject({ code: 1, stdout: `Published job 1 in ${database}: 1 file, 4 B.\n` });
    expect(published.stderr).toMatch(/bad\.txt: .*403/);
  });
});

describe('two mounts with default options', () => {
  it('are refused at once, with the remedy', async () => {
    const { env, tree, database, job } = await smallJob();
    await orbitGhost(['publish', tree, '-d', database], env);
    await using first = await startOrbitGhost(['-j', String(job), '-d', database], env);
    await first.waitForLine(/^mounted job /);
    const second = await orbitGhost(['-j', String(job + 1), '-d', database], env);
    expect(second).toMatchObject({ code: 1, stdout: '' });
    expect(second.stderr).toMatch(
      /^The cache directory .* is in use by process \d+; .*another cache directory.*\n$/,
    );
    const own = ['-c', newDirectory('cache')];
    await using third = await startOrbitGhost(['-j', String(job + 1), '-d', database, ...own], env);
    await third.waitForLine(/^mounted job /);
  });
});
