/**
 * First step of `npm start`, `npm test` and `npm run bench`: finds what the system lacks for them. On Debian as root it
 * installs that and says so, otherwise it names the one command to type. Runs on Node 20, before anything is built.
 * Invariant: silent when nothing is missing; never starts a service; changes nothing but packages.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * @typedef {object} Need
 * @property {string} what   for people
 * @property {string[]} packages   Debian packages that bring it, the first that exists is taken
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
  return { what: name, packages: [packageName], why, present: () => hasCommand(name) };
}

const fuse = command('fusermount3', 'fuse3', 'ordinary users mount with it');

const forTests = [
  fuse,
  {
    what: 'libfuse.so.2',
    // Debian 13 and Ubuntu 24.04 renamed it when time became 64 bits wide.
    packages: ['libfuse2', 'libfuse2t64'],
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
  command('useradd', 'passwd', 'tests mount as an ordinary user'),
  command('su', 'util-linux', 'tests mount as an ordinary user'),
  command('runuser', 'util-linux', 'tests mount as an ordinary user'),
  command('setpriv', 'util-linux', 'tests mount as an ordinary user'),
];

const forBench = [
  fuse,
  ...forTests.filter(({ what }) => ['libfuse.so.2', 'nginx', 'fio'].includes(what)),
  command('rclone', 'rclone', 'is what we compare with'),
];

/** Only shown beside a benchmark, which does without. */
const optionalForBench = [
  command('gcc', 'gcc', 'compiles passthrough_ll'),
  command('pkg-config', 'pkg-config', 'compiles passthrough_ll'),
  {
    what: 'passthrough_ll.c',
    packages: ['libfuse3-dev'],
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

/** @param {string[]} args */
function apt(args) {
  return spawnSync('apt-get', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}

/** The names this release knows; the first alternative where it cannot be asked.
 * @param {Need[]} missing */
function packagesFor(missing) {
  const chosen = missing.map(({ packages }) => {
    const [first = ''] = packages;
    if (packages.length === 1) return first;
    return (
      packages.find((name) => spawnSync('apt-cache', ['show', name], { stdio: 'ignore' }).status === 0) ??
      first
    );
  });
  return [...new Set(chosen)];
}

// What a package's installation asks before it starts a service; 101 means no.
const POLICY_FILE = '/usr/sbin/policy-rc.d';

/**
 * Installs with services kept from starting; leaves the system's own policy alone where there is one.
 * @param {string[]} packages
 * @returns {string | undefined} why it failed
 */
function install(packages) {
  const ownPolicy = !existsSync(POLICY_FILE);
  const removePolicy = () => ownPolicy && rmSync(POLICY_FILE, { force: true });
  if (ownPolicy) writeFileSync(POLICY_FILE, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  process.once('exit', removePolicy);
  try {
    const installed = apt(['install', '-y', '--no-install-recommends', ...packages]);
    return installed.status === 0 ? undefined : installed.stderr.trim();
  } finally {
    removePolicy();
  }
}

/** @param {string} purpose @param {Need[]} missing */
function installOrExplain(purpose, missing) {
  const names = missing.map(({ what, why }) => `${what} (${why})`).join(', ');
  const isRoot = process.getuid?.() === 0;
  if (!hasCommand('apt-get')) {
    say(`Missing: ${names}. Install them with your system's package manager, then try again.`);
    return !isRequired(purpose);
  }
  if (!isRoot) {
    const line = `apt-get install -y --no-install-recommends ${packagesFor(missing).join(' ')}`;
    const asRoot = hasCommand('sudo') ? `sudo ${line}` : `su -c '${line}'`;
    say(`Missing: ${names}. Type this once, then try again:\n  ${asRoot}`);
    return !isRequired(purpose);
  }
  say(`Installing with apt-get what this system lacks: ${names}.`);
  const updated = apt(['update']);
  const packages = packagesFor(missing);
  const failure = install(packages);
  const still = missing.filter(({ present }) => !present());
  if (failure === undefined && still.length === 0) return true;
  const reason = failure ?? (updated.status === 0 ? '' : updated.stderr.trim());
  say(
    `${still.map(({ what }) => what).join(', ')}: still missing. Type \`apt-get install ${packages.join(' ')}\`` +
      ` and see why it fails${reason === '' ? '.' : `:\n${reason}`}`,
  );
  return !isRequired(purpose);
}

/** @param {string} purpose `run`, `test` or `bench` @returns {number} exit code */
function main(purpose) {
  const needed = needs[purpose];
  if (needed === undefined) {
    say(`ensure-system: say one of ${Object.keys(needs).join(', ')}, not "${purpose}".`);
    return 2;
  }
  const missing = process.platform === 'linux' ? needed.filter(({ present }) => !present()) : [];
  const complete = missing.length === 0 || installOrExplain(purpose, missing);
  if (purpose === 'bench') {
    const absent = optionalForBench.filter(({ present }) => !present());
    const names = packagesFor(absent).join(' ');
    if (absent.length > 0) say(`libfuse's passthrough_ll will not be measured; it needs: ${names}.`);
  }
  if (process.platform === 'linux' && !existsSync('/dev/fuse')) {
    say('/dev/fuse is missing. Type `modprobe fuse` as root, or give the container the device.');
    return 1;
  }
  return complete ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exitCode = main(process.argv[2] ?? '');
