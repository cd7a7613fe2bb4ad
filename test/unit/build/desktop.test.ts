/** When the desktop app can start, and what is said when it cannot. Nothing here may fetch Electron. */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectRoot } from '../../helpers/system.ts';

/** The user that owns nothing. */
const NOBODY = 65534;
const SCRIPT = join(projectRoot, 'build', 'desktop.mjs');
let place: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'desktop-'));
  writeFileSync(join(place, 'package.json'), '{}');
});

afterEach(() => {
  rmSync(place, { recursive: true, force: true });
});

/** As `npx install-electron` leaves it, with a program that tells its words. */
function installElectron(): string {
  const electron = join(place, 'node_modules', 'electron');
  mkdirSync(join(electron, 'dist'), { recursive: true });
  writeFileSync(join(electron, 'package.json'), '{"name":"electron"}');
  writeFileSync(join(electron, 'path.txt'), 'electron');
  const binary = join(electron, 'dist', 'electron');
  writeFileSync(binary, '#!/bin/sh\necho "$@"\nexit 7\n');
  chmodSync(binary, 0o755);
  return binary;
}

interface Where {
  readonly env?: Readonly<Record<string, string>>;
  readonly platform?: string;
  readonly uid?: number;
}

/** What the script's function says, asked in a process of its own. */
function obstacle({ env = { DISPLAY: ':0' }, platform = 'linux', uid = 1000 }: Where = {}):
  string | undefined {
  const question = JSON.stringify({ env, platform, uid, from: place });
  const code = `import(${JSON.stringify(pathToFileURL(SCRIPT).href)})
    .then(({ desktopObstacle }) => console.log(JSON.stringify({ said: desktopObstacle(${question}) })))`;
  const { stdout } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });
  return (JSON.parse(stdout) as { said?: string }).said;
}

describe('the desktop app', () => {
  it('cannot start without Electron, and says how to fetch it', () => {
    expect(obstacle()).toContain('`npx install-electron`');
    installElectron();
    expect(obstacle()).toBeUndefined();
    rmSync(join(place, 'node_modules', 'electron', 'dist'), { recursive: true });
    expect(obstacle()).toContain('`npx install-electron`');
  });

  it('cannot start without a display', () => {
    installElectron();
    expect(obstacle({ env: {} })).toContain('no display');
    expect(obstacle({ env: { DISPLAY: '' } })).toContain('no display');
    expect(obstacle({ env: { WAYLAND_DISPLAY: 'wayland-0' } })).toBeUndefined();
    expect(obstacle({ env: {}, platform: 'darwin' })).toBeUndefined();
  });

  it('cannot start as root on Linux, where its sandbox would have to be off', () => {
    installElectron();
    expect(obstacle({ uid: 0 })).toContain('as root');
    expect(obstacle({ uid: 0, platform: 'darwin' })).toBeUndefined();
  });

  it('is taken from a build of one’s own when that is named', () => {
    mkdirSync(join(place, 'node_modules', 'electron'), { recursive: true });
    writeFileSync(join(place, 'node_modules', 'electron', 'package.json'), '{"name":"electron"}');
    const env = { DISPLAY: ':0', ELECTRON_OVERRIDE_DIST_PATH: place };
    expect(obstacle({ env })).toContain('`npx install-electron`');
    writeFileSync(join(place, 'electron'), '');
    expect(obstacle({ env })).toBeUndefined();
  });

  it('says on standard error what is in the way, and fails', () => {
    const { ELECTRON_OVERRIDE_DIST_PATH: _, DISPLAY: _display, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT], {
      env: { ...env, WAYLAND_DISPLAY: '' },
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/npx install-electron|no display|as root/);
  });
});

describe('`npm start`', () => {
  /** Its last step in a checkout of the test's own, whose built program tells its words; as an ordinary user. */
  function startWith(electron: string) {
    writeFileSync(installElectron(), `#!/bin/sh\n${electron}\n`);
    mkdirSync(join(place, 'build'));
    for (const name of ['start.mjs', 'desktop.mjs']) {
      copyFileSync(join(projectRoot, 'build', name), join(place, 'build', name));
    }
    mkdirSync(join(place, 'dist', 'cli'), { recursive: true });
    writeFileSync(
      join(place, 'dist', 'cli', 'main.js'),
      'console.log("up:", ...process.argv.slice(2)); process.exitCode = 5;',
    );
    chmodSync(place, 0o755);
    const { ELECTRON_OVERRIDE_DIST_PATH: _, ...env } = process.env;
    return spawnSync(process.execPath, [join(place, 'build', 'start.mjs'), '--port', '0'], {
      env: { ...env, DISPLAY: ':0' },
      encoding: 'utf8',
      cwd: place,
      ...(process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}),
    });
  }

  it('starts the screen in a browser where Electron aborts at once, and says why', () => {
    const { status, stdout, stderr } = startWith('ulimit -c 0; echo "No usable sandbox!" >&2; kill -TRAP $$');
    expect(stderr).toMatch(
      /^No usable sandbox!\nElectron ended itself at once \(SIGTRAP\)\. .*sandbox.* in a browser/,
    );
    expect(stdout).toBe('up: up --demo --port 0\n');
    expect(status).toBe(5);
  });

  it.each([
    ['ends', 'exit 7', 7],
    ['is ended', 'kill -TERM $$', 143],
  ])('ends as the app does when it %s', (_, electron, code) => {
    const { status, stdout, stderr } = startWith(electron);
    expect({ status, stdout, stderr }).toEqual({ status: code, stdout: '', stderr: '' });
  });
});

describe('the icons', () => {
  it('are what their drawings say', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(projectRoot, 'build', 'make-icons.mjs'), '--check'],
      { encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});
