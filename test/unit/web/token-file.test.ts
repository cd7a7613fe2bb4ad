/** The file of the token: made once, private, and never trusted when it is not. */
import { chmod, chown, lstat, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isSameToken, readToken } from '../../../src-main/web/token-file.ts';
import { temporaryDirectory } from './screen-fixture.ts';

const MODE_BITS = 0o777;

async function tokenPlace(): Promise<string> {
  return join(await temporaryDirectory(), 'state', 'token');
}

describe('readToken', () => {
  it('makes 256 random bits for this user alone, once', async () => {
    const path = await tokenPlace();
    const token = readToken(path);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect((await lstat(path)).mode & MODE_BITS).toBe(0o600);
    expect((await lstat(dirname(path))).mode & MODE_BITS).toBe(0o700);
    expect(readToken(path)).toBe(token);
    expect(await readdir(dirname(path))).toEqual(['token']);
    await rm(path);
    expect(readToken(path)).not.toBe(token);
  });

  it.each([0o644, 0o640, 0o604, 0o620, 0o602])('refuses one with mode %o', async (mode) => {
    const path = await tokenPlace();
    readToken(path);
    await chmod(path, mode);
    expect(() => readToken(path)).toThrow(/can be read by other users; remove the file/);
  });

  it.each([
    ['empty', ''],
    ['short', 'abc\n'],
    ['of other characters', `${'ä'.repeat(43)}\n`],
    ['long', 'x'.repeat(100_000)],
  ])('refuses one that is %s', async (_, content) => {
    const path = await tokenPlace();
    await mkdir(dirname(path));
    await writeFile(path, content, { mode: 0o600 });
    expect(() => readToken(path)).toThrow(/holds no token/);
  });

  it('refuses a link, a directory and a pipe, and does not wait', async () => {
    const path = await tokenPlace();
    readToken(path);
    const link = `${path}-link`;
    await symlink(path, link);
    expect(() => readToken(link)).toThrow(/cannot be used \(ELOOP/);
    await symlink(`${path}-nothing`, `${path}-dangling`);
    expect(() => readToken(`${path}-dangling`)).toThrow(/cannot be used/);
    expect(() => readToken(dirname(path))).toThrow(/not a plain file/);
    execFileSync('mkfifo', ['-m', '600', `${path}-pipe`]);
    expect(() => readToken(`${path}-pipe`)).toThrow(/not a plain file/);
  });

  it.runIf(process.getuid?.() === 0)("refuses another user's", async () => {
    const path = await tokenPlace();
    readToken(path);
    await chown(path, 12_345, 12_345);
    expect(() => readToken(path)).toThrow(/belongs to another user/);
  });

  it('says what is wrong with the place', () => {
    expect(() => readToken('/proc/nothing/token')).toThrow(
      /token of the browser screen, \/proc\/nothing\/token/,
    );
  });
});

describe('isSameToken', () => {
  it('takes nothing for the token but the token', () => {
    expect(isSameToken('abc', 'abc')).toBe(true);
    for (const offered of ['', 'ab', 'abcd', 'ABC', 'abc\0']) expect(isSameToken(offered, 'abc')).toBe(false);
  });
});
