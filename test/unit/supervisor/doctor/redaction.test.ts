/** What a support bundle takes out of a text, and what it keeps. */
import { expect, test } from 'vitest';
import { Redactor } from '../../../../src-main/supervisor/doctor/redaction.ts';

const redactor = new Redactor({
  secret: [
    'ada',
    'workshop',
    'survey of the north',
    '/data/mounts',
    '/data/mounts/survey',
    '/srv/magnetar.db',
  ],
  own: new Map([
    ['/data', '<cache directory>'],
    ['/opt/ghost', '<program>'],
  ]),
});

test.each([
  'Mounted survey of the north at /data/mounts/survey',
  'The catalogue /srv/magnetar.db is locked',
  'Reading "photos/our wedding.jpg" from https://ada:geheim@nas.example.org:8443/private/?token=geheim failed',
  'A name with a "quote" in its "wedding" name',
  'It cannot open /home/ada/My Wedding/list of guests, which is a folder',
  'in /data/mounts/survey/My Wedding/guests and more',
  'Authorization: Bearer geheim and Basic Z2VoZWlt',
  '-----BEGIN PRIVATE KEY-----\\nMIIwedding\\n-----END',
  'mail to guest@wedding.org about wedding.pdf at 192.168.17.23 or fe80::1c2d:17ff:fe23:4',
  'key AKIAIOSFODNN7EXAMPLE and wedding/guests',
  "in the folder 'wedding guests' and file:///wedding/guests",
  'getaddrinfo ENOTFOUND nas.wedding.org',
  String.raw`C:\Users\ada\wedding plans`,
  'job 3a5b7c9d-12 of workshop',
  'an unfinished "wedding quote',
])('%s: nothing of it that is somebody’s is left', (line) => {
  expect(redactor.text(line)).not.toMatch(
    /ada|survey|geheim|Z2VoZWlt|wedding|guest|nas\.|example|192\.|fe80|AKIA|srv|mounts|3a5b7c9d|workshop|MII/i,
  );
});

test.each([
  '2026-11-23T05:41:53.123Z warn  The engine was killed (SIGKILL); it is started again in 1 s.',
  '/dev/fuse is there and you may use it.',
  'Fetched 3.5 GiB at 12 MiB/s; fusermount3 is missing. As root, type: apt-get install fuse3',
  'fuse.orbit-ghost is in PRUNEFS of /etc/updatedb.conf, process 123',
  'config.toml, line 3: cache.limit is 12, but must be a size',
])('%s: is kept as it is', (line) => {
  expect(redactor.text(line)).toBe(line);
});

test('our own directories are named, and a name is the same mark wherever it stands', () => {
  expect(redactor.text('/data/7-0123456789ab/0f/0f1e_1.bin was removed')).toBe(
    '<cache directory>/7-0123456789ab/0f/0f1e_1.bin was removed',
  );
  expect(redactor.text('at run (/opt/ghost/dist/cli/main.js:3:1)')).toBe(
    'at run (<program>/dist/cli/main.js:3:1)',
  );
  const [one, other] = [redactor.text('job "films"'), redactor.text('also "films"')];
  expect(one.replace('job', 'also')).toBe(other);
  expect(one).toMatch(/^job <[0-9a-f]{6}>$/);
});
