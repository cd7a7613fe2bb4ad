/** Which key files are taken, which key a job gets, and what is said when there is none. Real files. */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { readHmacKey, secretFor } from '../../src-main/engine/hmac-keys.ts';
import { failure, temporaryDirectory } from './metadata/catalogue-fixture.ts';

const KEY = 'correct horse battery staple, and four more words';
const DATABASE = '/c/magnetar.db';

function keyFile(bytes: string | Buffer = KEY, mode = 0o600): string {
  const file = join(temporaryDirectory(), 'key');
  writeFileSync(file, bytes, { mode });
  chmodSync(file, mode);
  return file;
}

function jobWith(file: string) {
  return { id: 1, sources: [], blockSize: undefined, contentId: 'content', keyId: readHmacKey(file).id };
}

describe('a key file', () => {
  it('is read as it is, bytes or text', () => {
    const id = readHmacKey(keyFile()).id;
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(readHmacKey(keyFile(KEY, 0o400)).id).toBe(id);
    expect(readHmacKey(keyFile(`${KEY}\n`)).id).not.toBe(id);
    expect(readHmacKey(keyFile(Buffer.alloc(32))).id).not.toBe(readHmacKey(keyFile(Buffer.alloc(33))).id);
  });

  it.each([
    ['that the group may read', KEY, 0o640, 'PERMISSION_DENIED', /open to other users; type: chmod 600 \//],
    ['that all may write', KEY, 0o602, 'PERMISSION_DENIED', /open to other users/],
    ['of 31 bytes', 'x'.repeat(31), 0o600, 'ARGUMENT_INVALID', /has 31 bytes; a key has 32 to 4096/],
    ['that is empty', '', 0o600, 'ARGUMENT_INVALID', /has 0 bytes/],
    ['of megabytes', Buffer.alloc(2 ** 20), 0o600, 'ARGUMENT_INVALID', /has 1048576 bytes/],
  ])('%s is refused', (_, bytes, mode, code, message) => {
    const file = keyFile(bytes, mode);
    const refusal = failure(() => readHmacKey(file));
    expect(refusal).toMatchObject({ code, message });
    expect(refusal?.message).toContain(file);
    expect(refusal?.message).not.toContain('horse');
  });

  it('that is missing, a directory or a pipe is refused, and not waited for', () => {
    const directory = temporaryDirectory();
    expect(failure(() => readHmacKey(join(directory, 'none')))).toMatchObject({
      code: 'NOT_FOUND',
      message: /none does not exist/,
    });
    expect(failure(() => readHmacKey(directory))).toMatchObject({ message: /is not a file/ });
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(failure(() => readHmacKey(pipe))).toMatchObject({ message: /is not a file/ });
  });

  it.skipIf(process.getuid?.() !== 0)('of another user is refused, also behind a link', () => {
    const file = keyFile();
    chownSync(file, 65_534, 65_534);
    const link = join(temporaryDirectory(), 'link');
    symlinkSync(file, link);
    expect(failure(() => readHmacKey(link))).toMatchObject({
      code: 'PERMISSION_DENIED',
      message: /belongs to another user/,
    });
  });
});

describe('the key of a job', () => {
  it('is found by its name among files and directories of files', () => {
    const [right, wrong] = [keyFile(), keyFile('another key of at least thirty-two bytes')];
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'below'));
    writeFileSync(join(directory, 'short'), 'x', { mode: 0o600 });
    writeFileSync(join(directory, 'key'), KEY, { mode: 0o600 });
    const job = jobWith(right);
    for (const files of [
      [wrong, right],
      [join(directory, 'none'), directory],
    ]) {
      const secret = secretFor(job, DATABASE, { files, required: true });
      expect(secret?.equals(readHmacKey(right).secretOf('content'))).toBe(true);
    }
  });

  it('that nobody has is told, with what was looked at, and no key', () => {
    const [wrong, open] = [keyFile('another key of at least thirty-two bytes'), keyFile(KEY, 0o644)];
    const job = jobWith(keyFile());
    const refusal = failure(() => secretFor(job, DATABASE, { files: [wrong, open], required: false }));
    expect(refusal).toMatchObject({ code: 'NOT_FOUND', message: /^Job 1 .*--hmac-key-file/ });
    for (const part of [
      DATABASE,
      job.keyId,
      `${wrong} holds another key`,
      `${open} is open to other users`,
    ]) {
      expect(refusal?.message).toContain(part);
    }
    expect(refusal?.message).not.toMatch(/horse|another key of at least/);
  });

  it('is not needed unless the job has one or that is required', () => {
    const job = { id: 1, sources: [], blockSize: undefined, contentId: 'content' };
    const files = [keyFile()];
    expect(secretFor(job, DATABASE, { files, required: false })).toBeUndefined();
    expect(failure(() => secretFor(job, DATABASE, { files, required: true }))).toMatchObject({
      code: 'CATALOGUE_INVALID',
      message: /^Job 1 of the catalogue \/c\/magnetar\.db was not published with an HMAC key/,
    });
  });

  it('is refused in a form that no publication has', () => {
    const keys = { files: [keyFile()], required: false };
    const job = jobWith(keyFile());
    expect(failure(() => secretFor({ ...job, contentId: undefined }, DATABASE, keys))).toMatchObject({
      code: 'CATALOGUE_INVALID',
    });
    expect(failure(() => secretFor({ ...job, keyId: '\u001b[2J' }, DATABASE, keys))).toMatchObject({
      code: 'CATALOGUE_INVALID',
      message: expect.not.stringContaining('\u001b') as string,
    });
  });
});

test('secrets of two publications with one key are two, and shown they tell nothing', () => {
  const key = readHmacKey(keyFile());
  const secret = key.secretOf('content');
  expect(secret.equals(key.secretOf('content'))).toBe(true);
  expect(secret.equals(key.secretOf('content 2'))).toBe(false);
  const bytes = secret.export();
  for (const shown of [inspect([key, secret], { depth: null }), JSON.stringify([key, secret])]) {
    expect(shown).not.toContain(KEY);
    for (const form of ['hex', 'base64', 'latin1'] as const)
      expect(shown).not.toContain(bytes.toString(form));
  }
});
