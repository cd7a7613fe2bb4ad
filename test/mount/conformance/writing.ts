/** Nothing can be written: every way to try ends in EROFS and changes nothing. */
import { constants } from 'node:fs';
import { expect, test } from 'vitest';
import type { ProbeRequest } from '../../helpers/driver-prober.ts';
import type { Subject } from './subject.ts';

const S_IFREG = 0o100000;

export function writingCases(subject: Subject): void {
  test('whatever would write is EROFS', async () => {
    const file = subject.path('one.bin');
    const fresh = subject.path('new');
    const { O_RDWR, O_WRONLY, O_CREAT, O_TRUNC, O_APPEND } = constants;
    const attempts: readonly ProbeRequest[] = [
      ['open', file, O_RDWR],
      ['open', file, O_WRONLY],
      ['open', file, O_WRONLY | O_TRUNC],
      ['open', file, O_WRONLY | O_APPEND],
      ['open', fresh, O_WRONLY | O_CREAT],
      ['open', fresh, O_CREAT],
      ['plain', 'truncate', file, 0],
      ['plain', 'mkdir', fresh],
      ['plain', 'mknod', fresh, S_IFREG | 0o644],
      ['plain', 'symlink', 'one.bin', fresh],
      ['plain', 'link', file, fresh],
      ['plain', 'unlink', file],
      ['plain', 'rmdir', subject.path('no entries')],
      ['plain', 'rename', file, fresh],
      ['plain', 'chmod', file, 0o777],
      ['plain', 'chown', file, subject.owner.uid, subject.owner.gid],
      ['plain', 'utimes', file, 1, 1],
      ['plain', 'setxattr', file, 'user.other', 'value'],
      ['plain', 'removexattr', file, 'user.ghost.artifact'],
      ['plain', 'access', file, constants.W_OK],
      ['plain', 'access', subject.path(), constants.W_OK],
    ];
    const codes = await subject.probe.codes(attempts);
    expect(attempts.map((attempt, index) => [...attempt, codes[index]])).toEqual(
      attempts.map((attempt) => [...attempt, 'EROFS']),
    );
  });

  test('reading is allowed, executing is not', async () => {
    expect(
      await subject.probe.codes([
        ['plain', 'access', subject.path('one.bin'), constants.R_OK],
        ['plain', 'access', subject.path('names'), constants.R_OK | constants.X_OK],
        ['plain', 'access', subject.path('one.bin'), constants.X_OK],
      ]),
    ).toEqual(['OK', 'OK', 'EACCES']);
  });
}
