/** The demo: what it prints works as printed, starting it again adds nothing, and a killed one leaves nothing in the way. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run, runOk } from '../../helpers/child.ts';
import type { Child } from '../../helpers/child.ts';
import { onCleanup } from '../../helpers/system-cleanup.ts';
import { abortMount, mountAt } from '../../helpers/system-mounts.ts';
import { until } from '../../helpers/system-until.ts';
import { killWithEngine, newHome, orbitGhost, startOrbitGhost } from './command-line.ts';
import type { Environment } from './command-line.ts';

const placesIn = (env: Environment): readonly string[] =>
  ['files', 'far-away'].map((name) => join(env['HOME'] ?? '', '.local/share/orbit-ghost/demo', name));

async function startDemo(env: Environment): Promise<Child> {
  for (const place of placesIn(env)) {
    onCleanup(place, async () => {
      await abortMount(place);
    });
  }
  const child = await startOrbitGhost(['demo'], env);
  await child.waitForLine(/^Ctrl-C unmounts both and ends the demo\.$/);
  return child;
}

/** The commands it tells people to type. */
function commandsOf(child: Child): readonly string[] {
  return child
    .stdout()
    .split('\n')
    .filter((line) => /^ {2}(ls|cat|tail|time|du) /.test(line))
    .map((line) => line.trim());
}

describe('demo', () => {
  it('mounts two jobs, and what it says to try works', async () => {
    const env = newHome();
    const demo = await startDemo(env);
    const commands = commandsOf(demo);
    expect(commands).toHaveLength(5);
    const outputs: string[] = [];
    for (const command of commands) outputs.push(await runOk('bash', ['-c', command]));
    const [listing, readme, csv, tail] = outputs;
    expect(listing).toMatch(/ 280 .*README\.txt\n/);
    expect(listing).toMatch(/ 10737418240 .*10-GiB\.bin\n/);
    expect(readme).toContain('SHA-256');
    expect(csv).toMatch(/^(\d+,20.*\n){3}$/);
    expect(tail).toMatch(/^\d{7} /);
    // Blocks are written behind the readers' backs.
    const usage = commands[4] ?? '';
    await until('a block is cached', async () =>
      /^(1|1\.\d|2)(\.\d)?M\s/.test(await runOk('bash', ['-c', usage])),
    );
    demo.signal('SIGINT');
    expect(await demo.exited).toEqual({ code: 0, signal: null });
    for (const place of placesIn(env)) expect(mountAt(place)).toBeUndefined();
    expect(demo.stderr()).toBe('');
  });

  it('finds its jobs again at the next start, and takes away what a killed one left', async () => {
    const env = newHome();
    const first = await startDemo(env);
    await killWithEngine(first);
    for (const place of placesIn(env)) expect(mountAt(place)).toBeDefined();
    const catalogue = join(env['HOME'] ?? '', '.local/share/orbit-ghost/demo/magnetar.db');
    const before = statSync(catalogue, { bigint: true }).mtimeNs;
    const second = await startDemo(env);
    expect(await runOk('ls', placesIn(env))).toMatch(/10-GiB\.bin[\s\S]*README\.txt/);
    await second.stop({ signal: 'SIGINT' });
    expect(statSync(catalogue, { bigint: true }).mtimeNs).toBe(before);
    expect(JSON.parse((await orbitGhost(['jobs', '-d', catalogue, '--json'], env)).stdout)).toHaveLength(2);
    for (const place of placesIn(env)) expect(mountAt(place)).toBeUndefined();
  });

  it('restores a source that was changed', async () => {
    const env = newHome();
    await (await startDemo(env)).stop();
    const readme = join(env['HOME'] ?? '', '.local/share/orbit-ghost/demo/source-1/README.txt');
    await runOk('sh', ['-c', 'echo mine > "$1"', 'sh', readme]);
    const demo = await startDemo(env);
    const [files = ''] = placesIn(env);
    expect(await runOk('cat', [join(files, 'README.txt')])).toContain('SHA-256');
    await demo.stop();
  });

  it('refuses to run twice at once, with a sentence', async () => {
    const env = newHome();
    const demo = await startDemo(env);
    const second = await orbitGhost(['demo'], env);
    expect(second).toMatchObject({ code: 1, stdout: '' });
    expect(second.stderr).toMatch(/^The .* is in use.*\n$/);
    const [files = ''] = placesIn(env);
    expect(await run('ls', [files])).toMatchObject({ code: 0 });
    await demo.stop();
  });

  it('says where it cannot write', async () => {
    const env = { ...newHome(), XDG_DATA_HOME: '/proc/orbit' };
    const refused = await orbitGhost(['demo'], env);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^The demo cannot be written below \/proc\/orbit.*XDG_DATA_HOME.*\n$/);
  });
});
