/**
 * What `npm run dist` puts beside the app's archive: that the program there is complete, its engine and its command line
 * alike, and holds nothing that it cannot use. No Electron is needed for any of it.
 */
import { execFile, fork, spawn, spawnSync } from 'node:child_process';
import { on, once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../helpers/system.ts';

/** Rejects when the command fails. */
const type = promisify(execFile);

describe('the program beside the archive', () => {
  let place: string;
  /** Where the packaged app has it. */
  let beside: string;

  beforeAll(() => {
    // Outside the project, so that nothing is found there by accident.
    place = mkdtempSync(join(tmpdir(), 'beside-'));
    const built = join(place, 'built');
    const options = [
      '--noCheck',
      '--incremental',
      'false',
      '--tsBuildInfoFile',
      'null',
      '--sourceMap',
      'false',
    ];
    run(join('node_modules', 'typescript', 'bin', 'tsc'), [
      '-p',
      'tsconfig.build.json',
      '--outDir',
      built,
      ...options,
    ]);
    run(join('node_modules', 'vite', 'bin', 'vite.js'), [
      'build',
      '--logLevel',
      'warn',
      'src-renderer',
      '--outDir',
      join(built, 'screen'),
    ]);
    beside = join(place, 'resources', 'app.asar.unpacked');
    run(join('build', 'stage-engine.mjs'), [beside, built]);
    // A whole build, on a loaded machine.
  }, 120_000);

  afterAll(() => {
    rmSync(place, { recursive: true, force: true });
  });

  function run(script: string, words: readonly string[]): void {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(projectRoot, script), ...words], {
      cwd: projectRoot,
      encoding: 'utf8',
    });
    expect(`${stdout}${stderr}`).toBe('');
    expect(status).toBe(0);
  }

  it('has an engine that starts and opens its cache on plain Node', async () => {
    const main = join(beside, 'dist', 'engine', 'control', 'engine-main.js');
    const engine = fork(main, { serialization: 'json', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    try {
      const input = {
        cacheDirectory: join(place, 'cache'),
        cacheLimitBytes: undefined,
        transfers: 1,
        deadlineMs: 1_000,
        logLevel: 'error',
        driver: 'auto',
      };
      const answers: unknown[] = [];
      for await (const [message] of on(engine, 'message', { close: ['exit'] })) {
        answers.push(message);
        if (isReady(message)) {
          engine.send({ id: 1, request: 'configure', input });
          engine.send({ id: 2, request: 'cacheReport', input: undefined });
        }
        if (isAnswer(message, 2)) break;
      }
      expect(answers.find((message) => isAnswer(message, 2))).toMatchObject({ output: { usedBytes: 0 } });
      engine.disconnect();
      expect((await once(engine, 'exit'))[0]).toBe(0);
    } finally {
      engine.kill('SIGKILL');
    }
  });

  it('has a command line, and a library to mount with', () => {
    const shown = spawnSync(process.execPath, [join(beside, 'dist', 'cli', 'main.js'), '--version'], {
      encoding: 'utf8',
    });
    expect(shown.stderr).toBe('');
    expect(shown.stdout.trim()).toMatch(/\d+\.\d+\.\d+/);
    const loaded = spawnSync(process.execPath, ['-e', 'require("koffi"); require("better-sqlite3")'], {
      cwd: beside,
      encoding: 'utf8',
    });
    expect(loaded.stderr).toBe('');
  });

  it('is a command that needs no Node but the shipped one, and shows its screen', async () => {
    const resources = join(place, 'resources');
    copyFileSync(join(projectRoot, 'build', 'orbit-ghost'), join(resources, 'orbit-ghost'));
    symlinkSync(join(projectRoot, 'node_modules', 'node', 'bin', 'node'), join(resources, 'node'));
    // A link of a person's own, in a path without any Node.
    const commands = join(place, 'commands');
    mkdirSync(commands);
    for (const name of ['dirname', 'readlink']) symlinkSync(join('/usr/bin', name), join(commands, name));
    const linked = join(commands, 'ghost');
    symlinkSync(join(resources, 'orbit-ghost'), linked);
    const home = join(place, 'home');
    mkdirSync(join(home, 'run'), { recursive: true, mode: 0o700 });
    const env = { PATH: commands, HOME: home, XDG_RUNTIME_DIR: join(home, 'run') };
    const up = spawn(linked, ['up', '--port', '0', '--demo'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const lines: string[] = [];
      for await (const line of createInterface({ input: up.stdout })) {
        lines.push(line);
        if (line.startsWith('Ctrl-C')) break;
      }
      expect(lines.map((line) => line.trim())).toContain(`${join(resources, 'orbit-ghost')} status`);
      const page = await fetch(/^Screen: (\S+)/.exec(lines[0] ?? '')?.[1] ?? '');
      expect(page.status).toBe(200);
      expect(await page.text()).toContain('<script type="module"');
      const status = await type(linked, ['status'], { env });
      expect(status).toMatchObject({ stdout: expect.stringContaining('demo files') as string, stderr: '' });
      const exited = once(up, 'exit');
      expect(await type(linked, ['down'], { env })).toMatchObject({ stderr: '' });
      expect(await exited).toEqual([0, null]);
    } finally {
      up.kill('SIGKILL');
    }
  });

  it('holds neither the window’s files nor a second Node, and nothing made for other machines', () => {
    for (const path of ['dist/main.js', 'dist/app', 'node_modules/node', 'node_modules/electron']) {
      expect(existsSync(join(beside, path)), path).toBe(false);
    }
    const files = readdirSync(join(beside, 'node_modules'), { recursive: true, encoding: 'utf8' });
    const own = `${process.platform}-${process.arch}`;
    const made = files.flatMap((file) => /[/\\]prebuilds[/\\]([a-z0-9]+-[a-z0-9]+)/.exec(file)?.[1] ?? []);
    expect(new Set(made)).toEqual(new Set([own]));
    const libraries = files.flatMap((file) => /^fuse-shared-library-([^/\\]+)/.exec(file)?.[1] ?? []);
    expect(new Set(libraries)).toEqual(new Set([process.platform]));
    expect(files.filter((file) => /^fuse-shared-library-[^/\\]+[/\\]example/.test(file))).toEqual([]);
  });

  it('tells the licence of the Node that runs it', () => {
    expect(readFileSync(join(beside, 'NODE-LICENSE'), 'utf8')).toMatch(/Node\.js/);
  });
});

const isReady = (message: unknown): boolean => (message as { event?: string }).event === 'ready';
const isAnswer = (message: unknown, id: number): boolean => (message as { id?: number }).id === id;
