/** What is said of a system that is not as it should be, each fault made for real in a directory of the test's own. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { lockDirectory } from '../../../../src-main/engine/cache/directory-lock.ts';
import { InitBit } from '../../../../src-main/engine/fuse/kernel/protocol/abi.ts';
import {
  cacheDirectoryCheck,
  cacheUserCheck,
  mountRootCheck,
  spaceCheck,
} from '../../../../src-main/supervisor/doctor/directory-checks.ts';
import { helperChecks } from '../../../../src-main/supervisor/doctor/fuse-checks.ts';
import { keyChecks } from '../../../../src-main/supervisor/doctor/key-checks.ts';
import { featureCheck } from '../../../../src-main/supervisor/doctor/trial-mount.ts';
import { updatedbCheck } from '../../../../src-main/supervisor/doctor/updatedb-check.ts';

const isRoot = process.geteuid?.() === 0;

function newPlace(): string {
  const place = mkdtempSync(join(tmpdir(), 'doctor-test-'));
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  return place;
}

describe('fusermount3', () => {
  /** Of a user who is not root; `mode` undefined: there is none. */
  async function checked(mode: number | undefined, { fuseConf = '', status = 'NoNewPrivs:\t0\n' } = {}) {
    const place = newPlace();
    const write = (name: string, text: string): string => {
      writeFileSync(join(place, name), text);
      return join(place, name);
    };
    if (mode !== undefined) chmodSync(write('fusermount3', '#!/bin/sh\n'), mode);
    const checks = await helperChecks({
      uid: 1_000,
      searchPath: place,
      fuseConf: write('fuse.conf', fuseConf),
      status: write('status', status),
    });
    return { helper: checks[0], others: checks[1], place };
  }

  test('that is missing or has no rights is a problem, with the command that mends it', async () => {
    expect((await checked(undefined)).helper).toMatchObject({
      level: 'problem',
      remedy: 'As root, type: apt-get install fuse3',
    });
    const { helper, place } = await checked(0o755);
    expect(helper).toMatchObject({ level: 'problem', sentence: expect.stringContaining(place) as string });
    expect(helper?.remedy).toContain(`chmod u+s ${place}/fusermount3`);
  });

  test.runIf(isRoot)('that has them is well, unless new rights are forbidden here', async () => {
    expect((await checked(0o4755)).helper).toMatchObject({ level: 'ok' });
    expect((await checked(0o4755, { status: 'Name:\tnode\nNoNewPrivs:\t1\n' })).helper).toMatchObject({
      level: 'problem',
      sentence: expect.stringContaining('no_new_privs') as string,
    });
  });

  test('lets other users in where fuse.conf says so; else it is said how, and is no fault', async () => {
    const { others } = await checked(0o755, { fuseConf: '# user_allow_other\nmount_max = 9\n' });
    expect(others).toMatchObject({
      level: 'ok',
      remedy: expect.stringContaining('user_allow_other') as string,
    });
    const allowed = await checked(0o755, { fuseConf: 'mount_max = 9\nuser_allow_other\n' });
    expect(allowed.others).toMatchObject({ level: 'ok', sentence: 'You may mount with --allow-other.' });
  });
});

test('a kernel that cannot send requests again is a warning', () => {
  const offer = (...bits: readonly number[]): bigint =>
    bits.reduce((all, bit) => all | (1n << BigInt(bit)), 0n);
  expect(featureCheck(offer(InitBit.HAS_RESEND, InitBit.PASSTHROUGH))).toMatchObject({
    level: 'ok',
    sentence: expect.stringContaining('offers passthrough') as string,
  });
  expect(featureCheck(offer(InitBit.PASSTHROUGH))).toMatchObject({
    level: 'warning',
    remedy: expect.stringContaining('Linux 6.9') as string,
  });
});

describe('the directories', () => {
  test('that others may write to is a problem of the cache; mended, it is the own one alone', async () => {
    const cacheDirectory = newPlace();
    writeFileSync(join(cacheDirectory, 'block'), 'kept');
    chmodSync(cacheDirectory, 0o777);
    const values = { mountRoot: '/', cacheDirectory };
    const check = await cacheDirectoryCheck(values);
    expect(check).toMatchObject({
      level: 'problem',
      sentence: expect.stringContaining('mode 0777') as string,
    });
    expect(await check.mend?.()).toContain(cacheDirectory);
    expect(statSync(cacheDirectory).mode & 0o7777).toBe(0o700);
    expect(readFileSync(join(cacheDirectory, 'block'), 'utf8')).toBe('kept');
    expect(await cacheDirectoryCheck(values)).toMatchObject({ level: 'ok' });
  });

  test('that are links or files are told and left alone', async () => {
    const place = newPlace();
    symlinkSync(place, join(place, 'link'));
    writeFileSync(join(place, 'file'), '');
    const link = await cacheDirectoryCheck({ mountRoot: '/', cacheDirectory: join(place, 'link') });
    expect(link).toMatchObject({
      level: 'problem',
      sentence: expect.stringContaining('symbolic link') as string,
    });
    expect(link.mend).toBeUndefined();
    const file = await mountRootCheck({ mountRoot: join(place, 'file'), cacheDirectory: '/' });
    expect(file).toMatchObject({ level: 'problem', sentence: `${place}/file is not a directory.` });
    expect(file.mend).toBeUndefined();
  });

  test('that are missing are no fault, and made when asked to', async () => {
    const cacheDirectory = join(newPlace(), 'a', 'b');
    const check = await cacheDirectoryCheck({ mountRoot: '/', cacheDirectory });
    expect(check.level).toBe('ok');
    await check.mend?.();
    expect(statSync(cacheDirectory).mode & 0o7777).toBe(0o700);
  });

  test('a cache that another process uses is told with that process', async () => {
    const cacheDirectory = newPlace();
    const values = { cacheDirectory, cacheLimitBytes: undefined, cacheMinFreeBytes: undefined };
    expect(await cacheUserCheck(values, undefined)).toEqual([]);
    const lock = await lockDirectory(cacheDirectory);
    onTestFinished(() => lock.release());
    expect(await cacheUserCheck(values, process.pid)).toEqual([]);
    expect(await cacheUserCheck(values, undefined)).toMatchObject([
      { level: 'warning', sentence: expect.stringContaining(`Process ${process.pid} `) as string },
    ]);
  });

  test('a disk with less free than is to stay free is a warning', async () => {
    const values = {
      cacheDirectory: join(newPlace(), 'missing'),
      cacheLimitBytes: 2 ** 30,
      cacheMinFreeBytes: 0,
    };
    expect(await spaceCheck(values)).toMatchObject({
      level: 'ok',
      sentence: expect.stringContaining('may hold 1 GiB') as string,
    });
    expect(await spaceCheck({ ...values, cacheMinFreeBytes: 2 ** 52 })).toMatchObject({
      level: 'warning',
      sentence: expect.stringContaining('can be read all the same') as string,
    });
  });
});

describe('updatedb', () => {
  const CONF =
    'PRUNE_BIND_MOUNTS="yes"\nPRUNEPATHS="/tmp /media/all"\n# PRUNEFS="old"\nPRUNEFS="NFS fuse.sshfs"\n';

  function written(text: string): string {
    const file = join(newPlace(), 'updatedb.conf');
    writeFileSync(file, text, { mode: 0o640 });
    return file;
  }

  test.each([
    ['the type', CONF.replace('fuse.sshfs', 'fuse.Orbit-Ghost'), '/home/ada/mounts'],
    ['the mount root', CONF, '/media/all'],
    ['a directory above it', CONF, '/media/all/mounts'],
  ])('is well when it leaves out %s', async (_, text, mountRoot) => {
    expect(await updatedbCheck(mountRoot, { file: written(text), isRoot: true })).toMatchObject({
      level: 'ok',
    });
  });

  test('that walks the mounts is a warning that root can mend, changing nothing else', async () => {
    const file = written(CONF);
    const others = await updatedbCheck('/media/all-else', { file, isRoot: false });
    expect(others).toMatchObject({
      level: 'warning',
      remedy: expect.stringContaining('fuse.orbit-ghost') as string,
    });
    expect(others.mend).toBeUndefined();
    const check = await updatedbCheck('/media/all-else', { file, isRoot: true });
    expect(await check.mend?.()).toContain(file);
    expect(readFileSync(file, 'utf8')).toBe(CONF.replace('fuse.sshfs"', 'fuse.sshfs fuse.orbit-ghost"'));
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(await updatedbCheck('/media/all-else', { file, isRoot: true })).toMatchObject({ level: 'ok' });
  });

  test('without a list gets one, and a system without it is well', async () => {
    const file = written('PRUNEPATHS="/tmp"');
    await (await updatedbCheck('/m', { file, isRoot: true })).mend?.();
    expect(readFileSync(file, 'utf8')).toBe('PRUNEPATHS="/tmp"\nPRUNEFS="fuse.orbit-ghost"\n');
    mkdirSync(join(file, '..', 'empty'));
    const missing = join(file, '..', 'empty', 'updatedb.conf');
    expect(await updatedbCheck('/m', { file: missing, isRoot: true })).toMatchObject({ level: 'ok' });
  });
});

describe('key files', () => {
  test('are counted, and each that cannot be used is named with what to do', () => {
    const place = newPlace();
    const keys = join(place, 'keys');
    mkdirSync(keys);
    for (const name of ['one', 'two']) writeFileSync(join(keys, name), randomBytes(32), { mode: 0o600 });
    const open = join(place, 'open');
    writeFileSync(open, randomBytes(32), { mode: 0o644 });
    const [good, ...bad] = keyChecks({ hmacKeyFiles: [keys, open], hmacRequired: true });
    expect(good).toMatchObject({ level: 'ok', sentence: '2 key files can be used.' });
    expect(bad).toHaveLength(1);
    expect(bad[0]).toMatchObject({
      level: 'warning',
      sentence: `The HMAC key file ${open} is open to other users; type: chmod 600 ${open}.`,
    });
  });

  test('that are wanted and are not there are a problem; where none is wanted nothing is said', () => {
    const missing = join(newPlace(), 'missing');
    const [problem, ...others] = keyChecks({ hmacKeyFiles: [missing], hmacRequired: true });
    expect(problem).toMatchObject({
      level: 'problem',
      remedy: expect.stringContaining('hmac.key-files') as string,
    });
    expect(others).toMatchObject([
      { level: 'warning', sentence: expect.stringContaining(missing) as string },
    ]);
    expect(keyChecks({ hmacKeyFiles: [], hmacRequired: false })).toEqual([]);
  });
});
