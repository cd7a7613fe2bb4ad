/**
 * What `npm run dist` would pack: the configuration by electron-builder's own validation, the settings that security rests
 * on, and what is refused. No Electron is needed for any of it.
 */
import { existsSync, readFileSync, statSync, type Stats } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../helpers/system.ts';

interface Configuration {
  readonly productName: string;
  readonly beforePack: string;
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
  readonly deb: { readonly depends: readonly string[]; readonly fpm: readonly string[] };
  readonly rpm: { readonly depends: readonly string[]; readonly fpm: readonly string[] };
  readonly mac: { readonly target: readonly string[]; readonly extendInfo: unknown; readonly icon: string };
  readonly win: {
    readonly target: readonly string[];
    readonly icon: string;
    readonly extraResources: readonly unknown[];
  };
}

/** Of electron-builder's own library, which has no declared entry for them. */
interface Builder {
  getConfig(directory: string, file: string, options: null): Promise<Configuration>;
  validateConfiguration(configuration: unknown, debug: { readonly isEnabled: boolean }): Promise<void>;
}

interface BeforePack {
  readonly beforePack: (target: { readonly electronPlatformName: string; readonly arch: number }) => void;
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

interface Matchers {
  readonly getNodeModuleFileMatcher: (
    from: string,
    to: string,
    expand: (text: string) => string,
    options: unknown,
    packager: unknown,
  ) => { createFilter(): (file: string, status: Stats) => boolean };
}

interface Architectures {
  readonly Arch: Readonly<Record<'ia32' | 'x64' | 'armv7l' | 'arm64', number>>;
}

// As electron-builder finds it: it is its dependency, not ours.
const library = createRequire(createRequire(import.meta.url).resolve('electron-builder'));
const builder = library('app-builder-lib/out/util/config/config.js') as Builder;
const { default: fpm } = library('app-builder-lib/out/targets/FpmTarget.js') as FpmTarget;
const { getNodeModuleFileMatcher } = library('app-builder-lib/out/fileMatcher.js') as Matchers;
const { Arch } = library('builder-util') as Architectures;
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
    expect(configuration.linux.extraResources).toEqual([
      { from: 'node_modules/node/bin/node', to: 'node' },
      { from: 'build/orbit-ghost', to: 'orbit-ghost' },
    ]);
    expect(existsSync(join(projectRoot, 'node_modules/node/bin/node'))).toBe(true);
  });

  it('ships the command, and puts a copy that finds the app among the system’s commands', () => {
    const { productName, deb, rpm, win } = configuration;
    const command = join(projectRoot, 'build', 'orbit-ghost');
    expect(statSync(command).mode & 0o111).toBe(0o111);
    // Where electron-builder has deb and rpm put it.
    expect(readFileSync(command, 'utf8')).toContain(`here='/opt/${productName}/resources'`);
    for (const { fpm } of [deb, rpm]) expect(fpm).toEqual(['build/orbit-ghost=/usr/bin/orbit-ghost']);
    expect(win.extraResources).toContainEqual({ from: 'build/orbit-ghost.cmd', to: 'orbit-ghost.cmd' });
    expect(existsSync(join(projectRoot, 'build', 'orbit-ghost.cmd'))).toBe(true);
  });

  it('leaves out of the archive what is made for other systems', () => {
    const packager = { config: configuration, debugLogger: { isEnabled: false } };
    const expand = (text: string): string => text;
    const { linux } = configuration;
    const filter = getNodeModuleFileMatcher(projectRoot, '/app', expand, linux, packager).createFilter();
    const isPacked = (path: string): boolean => {
      const file = join(projectRoot, 'node_modules', path);
      return filter(file, statSync(file));
    };
    for (const path of [
      'better-sqlite3/prebuilds/linux-x64.node',
      'better-sqlite3/lib/index.js',
      'fuse-shared-library-linux/libfuse/lib/libfuse.so',
      'koffi/index.js',
    ]) {
      expect(isPacked(path), path).toBe(true);
    }
    for (const path of [
      'better-sqlite3/prebuilds/darwin-x64.node',
      'better-sqlite3/prebuilds/linuxmusl-x64.node',
      'better-sqlite3/prebuilds/win32-arm64.node',
      'fuse-native/prebuilds/darwin-x64/node.napi.node',
      'fuse-shared-library-darwin/index.js',
      'fuse-shared-library-linux-arm/index.js',
      'fuse-shared-library-linux/example/index.js',
    ]) {
      expect(isPacked(path), path).toBe(false);
    }
  });

  it('refuses a package for another kind of machine, with a sentence', async () => {
    const hook = pathToFileURL(join(projectRoot, configuration.beforePack)).href;
    const { beforePack } = (await import(hook)) as BeforePack;
    const numbers = { x64: Arch.x64, arm64: Arch.arm64, arm: Arch.armv7l, ia32: Arch.ia32 };
    for (const [name, arch] of Object.entries(numbers)) {
      const ask = () => beforePack({ electronPlatformName: process.platform, arch });
      if (name === process.arch) expect(ask).not.toThrow();
      else expect(ask).toThrow(`A package for ${process.platform}-${name} cannot be made on`);
    }
    const other = process.platform === 'win32' ? 'linux' : 'win32';
    expect(() => beforePack({ electronPlatformName: other, arch: Arch.x64 })).toThrow(/npm run dist/);
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
