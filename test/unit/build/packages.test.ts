/**
 * What `npm run dist` would pack: the configuration by electron-builder's own validation, the settings that security rests
 * on, and that the program beside the archive is complete. No Electron is needed for any of it.
 */
import { fork, spawnSync } from 'node:child_process';
import { on, once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../helpers/system.ts';

interface Configuration {
  readonly npmRebuild: boolean;
  readonly asar: boolean;
  readonly asarUnpack: readonly string[];
  readonly electronFuses: Readonly<Record<string, boolean>>;
  readonly extraResources: readonly unknown[];
  readonly extraMetadata: { readonly homepage: string };
  readonly fileAssociations?: unknown;
  readonly linux: {
    readonly target: readonly string[];
    readonly extraResources: readonly unknown[];
    readonly maintainer: string;
  };
  readonly deb: { readonly depends: readonly string[] };
  readonly rpm: { readonly depends: readonly string[] };
  readonly mac: { readonly target: readonly string[]; readonly extendInfo: unknown; readonly icon: string };
  readonly win: { readonly target: readonly string[]; readonly icon: string };
}

/** Of electron-builder's own library, which has no declared entry for them. */
interface Builder {
  getConfig(directory: string, file: string, options: null): Promise<Configuration>;
  validateConfiguration(configuration: unknown, debug: { readonly isEnabled: boolean }): Promise<void>;
}

interface FpmTarget {
  readonly default: {
    readonly prototype: {
      getDefaultDepends(target: string): readonly string[];
      computeFpmMetaInfoOptions(this: {
        readonly packager: unknown;
        readonly options: unknown;
      }): Promise<{ readonly url: string }>;
    };
  };
}

interface AppInfo {
  readonly AppInfo: { readonly prototype: { computePackageUrl(this: unknown): Promise<string | null> } };
}

// As electron-builder finds it: it is its dependency, not ours.
const library = createRequire(createRequire(import.meta.url).resolve('electron-builder'));
const builder = library('app-builder-lib/out/util/config/config.js') as Builder;
const { default: fpm } = library('app-builder-lib/out/targets/FpmTarget.js') as FpmTarget;
const { AppInfo: appInfo } = library('app-builder-lib/out/appInfo.js') as AppInfo;

describe('electron-builder.yml', () => {
  let configuration: Configuration;

  beforeAll(async () => {
    configuration = await builder.getConfig(projectRoot, join(projectRoot, 'electron-builder.yml'), null);
  });

  it('passes electron-builder’s own validation, which notices a mistake', async () => {
    await builder.validateConfiguration(configuration, { isEnabled: false });
    const mistaken = { ...configuration, electronFuses: { runAsNodes: false } };
    await expect(builder.validateConfiguration(mistaken, { isEnabled: false })).rejects.toThrow(
      /electronFuses/,
    );
  });

  it('sets the fuses', () => {
    expect(configuration.electronFuses).toEqual({
      runAsNode: false,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      grantFileProtocolExtraPrivileges: false,
      onlyLoadAppFromAsar: true,
      enableCookieEncryption: true,
      enableEmbeddedAsarIntegrityValidation: true,
      loadBrowserProcessSpecificV8Snapshot: false,
    });
  });

  it('makes packages for three systems and rebuilds nothing', () => {
    const { linux, mac, win } = configuration;
    expect(linux.target).toEqual(['AppImage', 'deb', 'rpm']);
    expect(mac.target).toEqual(['dmg']);
    expect(win.target).toEqual(['nsis']);
    expect(configuration).toMatchObject({ npmRebuild: false, asar: true, asarUnpack: ['**/*.node'] });
    expect(mac.extendInfo).toEqual({ LSUIElement: true });
    expect(configuration.fileAssociations).toBeUndefined();
  });

  it('ships our Node and the program beside the archive', () => {
    expect(configuration.extraResources).toEqual([
      { from: 'dist/beside', to: 'app.asar.unpacked' },
      { from: 'dist/beside/node_modules', to: 'app.asar.unpacked/node_modules' },
    ]);
    expect(configuration.linux.extraResources).toEqual([{ from: 'node_modules/node/bin/node', to: 'node' }]);
    expect(existsSync(join(projectRoot, 'node_modules/node/bin/node'))).toBe(true);
  });

  it('repeats the dependencies that its own list replaces, and adds FUSE', () => {
    for (const target of ['deb', 'rpm'] as const) {
      expect(configuration[target].depends).toEqual([...fpm.prototype.getDefaultDepends(target), 'fuse3']);
    }
  });

  it('names what deb and rpm cannot be built without, and invents no web site', async () => {
    const { extraMetadata, linux } = configuration;
    const computePackageUrl = () =>
      appInfo.prototype.computePackageUrl.call({
        info: { metadata: extraMetadata, repositoryInfo: Promise.resolve(null) },
      });
    const packager = {
      appInfo: { computePackageUrl, linuxPackageName: 'orbit-ghostfs' },
      info: { metadata: extraMetadata },
    };
    const told = await fpm.prototype.computeFpmMetaInfoOptions.call({ packager, options: linux });
    expect(told).toMatchObject({ url: 'about:blank', maintainer: linux.maintainer });
  });

  it('names icons that are there', () => {
    for (const path of [configuration.mac.icon, configuration.win.icon, 'assets/app/512x512.png']) {
      expect(existsSync(join(projectRoot, path)), path).toBe(true);
    }
  });

  it('starts at the file that the compiler makes of src-main/main.ts', () => {
    const { main } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { main: string };
    expect(main).toBe('dist/main.js');
    expect(existsSync(join(projectRoot, 'src-main', 'main.ts'))).toBe(true);
  });
});

describe('the program beside the archive', () => {
  let place: string;

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
    run(join('build', 'stage-engine.mjs'), [join(place, 'beside'), built]);
    // A whole compilation, on a loaded machine.
  }, 60_000);

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
    const main = join(place, 'beside', 'dist', 'engine', 'control', 'engine-main.js');
    const engine = fork(main, { serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    try {
      const input = {
        cacheDirectory: join(place, 'cache'),
        cacheLimitBytes: undefined,
        cacheMinFreeBytes: undefined,
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
    const beside = join(place, 'beside');
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

  it('holds neither the window’s files nor a second Node', () => {
    for (const path of [
      'dist/main.js',
      'dist/app',
      'dist/screen',
      'node_modules/node',
      'node_modules/electron',
    ]) {
      expect(existsSync(join(place, 'beside', path)), path).toBe(false);
    }
  });
});

const isReady = (message: unknown): boolean => (message as { event?: string }).event === 'ready';
const isAnswer = (message: unknown, id: number): boolean => (message as { id?: number }).id === id;
