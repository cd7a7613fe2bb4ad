/**
 * First step of `npm start`, `npm test` and `npm run bench`: finds what the system lacks for them. On Debian as root it
 * installs that and says so, otherwise it names the one command to type. Runs on Node 20, before anything is built.
 * Invariant: silent when nothing is missing; never starts a service; changes nothing but packages.
 */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { constants as system } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * @typedef {object} Need
 * @property {string} what   for people
 * @property {string} packageName   the Debian package that brings it
 * @property {() => boolean} present
 * @property {string} why
 */

/** @param {string} sentence */
function say(sentence) {
  process.stderr.write(`${sentence}\n`);
}

/** @param {string} name */
function hasCommand(name) {
  // An ordinary user's PATH often lacks the directories where administrators' tools live.
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return directories.some((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** @param {string} name of a shared library, as the linker looks for it */
function hasLibrary(name) {
  const bases = ['/lib', '/usr/lib', '/lib64', '/usr/lib64', '/usr/local/lib'].filter((base) =>
    existsSync(base),
  );
  return bases.some(
    (base) =>
      existsSync(join(base, name)) ||
      readdirSync(base, { withFileTypes: true }).some(
        (entry) => entry.name.includes('-linux-') && existsSync(join(base, entry.name, name)),
      ),
  );
}

/**
 * @param {string} name
 * @param {string} packageName
 * @param {string} why
 * @returns {Need}
 */
function command(name, packageName, why) {
  return { what: name, packageName, why, present: () => hasCommand(name) };
}

// The names a build of Chromium goes by, of whatever system or vendor.
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];

const fuse = command('fusermount3', 'fuse3', 'ordinary users mount with it');

const forTests = [
  fuse,
  {
    what: 'libfuse.so.2',
    // Where it was renamed to libfuse2t64, as in Debian 13 and Ubuntu 24.04, that package provides this name.
    packageName: 'libfuse2',
    why: 'the fuse-native driver needs it',
    present: () => hasLibrary('libfuse.so.2'),
  },
  command('nginx', 'nginx', 'serves the tests’ trees'),
  command('fio', 'fio', 'verifies and measures reads'),
  command('ffmpeg', 'ffmpeg', 'makes and plays a large video'),
  command('ffprobe', 'ffmpeg', 'makes and plays a large video'),
  command('sqlite3', 'sqlite3', 'checks a database through a mount'),
  command('unzip', 'unzip', 'checks an archive through a mount'),
  command('zip', 'zip', 'checks an archive through a mount'),
  command('git', 'git', 'checks a repository through a mount'),
  command('diff', 'diffutils', 'compares trees'),
  command('getfattr', 'attr', 'reads extended attributes through a mount'),
  command('ip', 'iproute2', 'takes the network away from a mount'),
  command('useradd', 'passwd', 'tests mount as an ordinary user'),
  command('su', 'util-linux', 'tests mount as an ordinary user'),
  command('runuser', 'util-linux', 'tests mount as an ordinary user'),
  command('setpriv', 'util-linux', 'tests mount as an ordinary user'),
  {
    what: 'chromium',
    packageName: 'chromium',
    why: 'shows the screen in tests',
    present: () => BROWSERS.some((name) => hasCommand(name)),
  },
];

const forBench = [
  fuse,
  ...forTests.filter(({ what }) => ['libfuse.so.2', 'nginx', 'fio', 'chromium'].includes(what)),
  command('rclone', 'rclone', 'is what we compare with'),
];

/** Only shown beside a benchmark, which does without. */
const optionalForBench = [
  command('gcc', 'gcc', 'compiles passthrough_ll'),
  command('pkg-config', 'pkg-config', 'compiles passthrough_ll'),
  {
    what: 'passthrough_ll.c',
    packageName: 'libfuse3-dev',
    why: 'is the C program we compare with',
    present: () => existsSync('/usr/share/doc/libfuse3-dev/examples/passthrough_ll.c'),
  },
];

/** @type {Record<string, Need[]>} */
const needs = { run: [fuse], test: forTests, bench: forBench };

/** Root mounts by a system call of its own, so only others cannot run without it.
 * @param {string} purpose */
function isRequired(purpose) {
  return purpose !== 'run' || process.getuid?.() !== 0;
}

// What a package's installation asks before it starts a service; 101 means no.
const POLICY_FILE = '/usr/sbin/policy-rc.d';
const POLICY_MARK = 'written by Orbit GhostFS while it installs packages';

/**
 * Positional: 1 the policy file, the rest is a command to run while it is there. A shell of its own, because it removes the
 * file also when Node is killed; the mark lets a later run remove what a killed shell left. A policy of the system's own
 * is left alone.
 */
const WITH_POLICY = `
policy=$1
shift
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
if [ ! -e "$policy" ] || grep -qs '${POLICY_MARK}' "$policy"; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\n# ${POLICY_MARK}\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
"$@"
exit "$?"
`;

/** @typedef {'SIGINT' | 'SIGTERM' | 'SIGHUP'} StopSignal */
/** @type {readonly StopSignal[]} */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const INSTALL = ['apt-get', 'install', '-y', '--no-install-recommends'];
const APT_ENVIRONMENT = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };

/**
 * @typedef {object} Ended
 * @property {number} status   exit code, 1 when it could not be started
 * @property {string} complaint   what it wrote to standard error
 * @property {StopSignal | undefined} stoppedBy   the signal that asked us to stop meanwhile
 */

/**
 * Runs a command with services kept from starting. A signal is passed on to all it started, and waited for.
 * @param {string} policyFile
 * @param {readonly string[]} command
 * @returns {Promise<Ended>}
 */
export function withoutServices(policyFile, command) {
  /** @type {StopSignal | undefined} */
  let stoppedBy;
  /** @type {number | undefined} */
  let group;
  /** @param {StopSignal} signal */
  const passOn = (signal) => {
    stoppedBy ??= signal;
    if (group !== undefined) process.kill(-group, signal);
  };
  for (const signal of STOP_SIGNALS) process.on(signal, passOn);
  const child = spawn('sh', ['-c', WITH_POLICY, 'sh', policyFile, ...command], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: APT_ENVIRONMENT,
    // A group of its own: the terminal's Ctrl-C reaches it through us alone, and once.
    detached: true,
  });
  group = child.pid;
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => (complaint += text));
  child.once('exit', () => (group = undefined));
  return new Promise((resolve) => {
    /** @param {number | null} code */
    const ended = (code) => {
      for (const signal of STOP_SIGNALS) process.off(signal, passOn);
      resolve({ status: code ?? 1, complaint: complaint.trim(), stoppedBy });
    };
    child.once('error', (error) => {
      complaint += error.message;
      ended(1);
    });
    child.once('close', ended);
  });
}

/** @param {readonly Need[]} missing */
function packagesFor(missing) {
  return [...new Set(missing.map(({ packageName }) => packageName))];
}

/** @param {string} purpose @param {Need[]} missing @returns {Promise<number>} exit code */
async function installOrExplain(purpose, missing) {
  const names = missing.map(({ what, why }) => `${what} (${why})`).join(', ');
  const giveUp = isRequired(purpose) ? 1 : 0;
  if (!hasCommand('apt-get')) {
    say(`Missing: ${names}. Install them with your system's package manager, then try again.`);
    return giveUp;
  }
  const install = [...INSTALL, ...packagesFor(missing)];
  if (process.getuid?.() !== 0) {
    // With the update: a system whose lists are empty knows none of the packages. A login: dpkg needs root's own PATH.
    const line = `apt-get update && ${install.join(' ')}`;
    const asRoot = hasCommand('sudo') ? 'sudo sh -c' : 'su -l -c';
    say(`Missing: ${names}. Type this once, then try again:\n  ${asRoot} '${line}'`);
    return giveUp;
  }
  say(`Installing with apt-get what this system lacks: ${names}.`);
  const updated = spawnSync('apt-get', ['update'], { encoding: 'utf8', env: APT_ENVIRONMENT });
  if (updated.signal !== null) return 1;
  const { status, complaint, stoppedBy } = await withoutServices(POLICY_FILE, install);
  if (stoppedBy !== undefined) {
    say(`Stopped by ${stoppedBy}.`);
    return 128 + system.signals[stoppedBy];
  }
  const still = missing.filter(({ present }) => !present());
  if (status === 0 && still.length === 0) return 0;
  const reason = status === 0 ? updated.stderr.trim() : complaint;
  say(
    `${still.map(({ what }) => what).join(', ')}: still missing. Type \`${install.join(' ')}\`` +
      ` and see why it fails${reason === '' ? '.' : `:\n${reason}`}`,
  );
  return giveUp;
}

/** @param {string} purpose `run`, `test` or `bench` @returns {Promise<number>} exit code */
async function main(purpose) {
  const needed = needs[purpose];
  if (needed === undefined) {
    say(`ensure-system: say one of ${Object.keys(needs).join(', ')}, not "${purpose}".`);
    return 2;
  }
  const missing = process.platform === 'linux' ? needed.filter(({ present }) => !present()) : [];
  const code = missing.length === 0 ? 0 : await installOrExplain(purpose, missing);
  if (code > 1) return code;
  if (purpose === 'bench') {
    const absent = optionalForBench.filter(({ present }) => !present());
    const names = packagesFor(absent).join(' ');
    if (absent.length > 0) say(`libfuse's passthrough_ll will not be measured; it needs: ${names}.`);
  }
  if (process.platform === 'linux' && !existsSync('/dev/fuse')) {
    say('/dev/fuse is missing. Type `modprobe fuse` as root, or give the container the device.');
    return 1;
  }
  return code;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exitCode = await main(process.argv[2] ?? '');
