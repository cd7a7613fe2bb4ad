/** Programs that know their own format judge what the mount serves: a repository, a database, an archive, a video. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { run, runOk } from '../../helpers/child.ts';
import { newDirectory } from '../../helpers/system.ts';
import { makeArchive, makeDatabase, makeRepository, makeVideo, VIDEO_SECONDS } from './made-files.ts';
import { serveAndMount } from './serve-and-mount.ts';
import type { ServedJob } from './serve-and-mount.ts';

interface ProbeReport {
  readonly format: { readonly duration: string; readonly size: string };
}

let tree: string;
let served: ServedJob;

beforeAll(async () => {
  tree = newDirectory('formats');
  mkdirSync(join(tree, 'repository'));
  await makeRepository(join(tree, 'repository'));
  await makeDatabase(join(tree, 'database.db'));
  await makeArchive(tree, 'archive.zip');
  await makeVideo(join(tree, 'video.mp4'));
  served = await serveAndMount(tree);
});

test('git fsck finds a sound repository', async () => {
  const repository = served.path('repository');
  const result = await run('git', ['-C', repository, 'fsck', '--full', '--strict', '--no-dangling']);
  expect(result).toMatchObject({ code: 0, stdout: '' });
  expect(result.stderr).not.toMatch(/error|missing|corrupt/i);
  const heads = [repository, join(tree, 'repository')].map((path) =>
    runOk('git', ['-C', path, 'log', '--format=%H']),
  );
  const [mounted, original] = await Promise.all(heads);
  expect(mounted).toBe(original);
});

test('a clone made from the mount is the same repository', async () => {
  const clone = join(newDirectory('clone'), 'repository');
  await runOk('git', ['clone', '--quiet', '--no-local', served.path('repository'), clone]);
  const original = await runOk('git', ['-C', join(tree, 'repository'), 'rev-parse', 'HEAD^{tree}']);
  expect(await runOk('git', ['-C', clone, 'rev-parse', 'HEAD^{tree}'])).toBe(original);
});

test('sqlite3 finds a sound database', async () => {
  expect(await runOk('sqlite3', ['-readonly', served.path('database.db'), 'pragma integrity_check'])).toBe(
    'ok\n',
  );
  const question = 'select count(*), sum(length(body)) from notes where topic = 17';
  const answer = await runOk('sqlite3', [join(tree, 'database.db'), question]);
  expect(await runOk('sqlite3', ['-readonly', served.path('database.db'), question])).toBe(answer);
});

test('unzip -t finds a sound archive', async () => {
  const output = await runOk('unzip', ['-t', served.path('archive.zip')]);
  expect(output).toContain('No errors detected in compressed data');
});

test('ffprobe understands a large video, whose index stands at its end', async () => {
  const fields = ['-show_entries', 'format=duration,size', '-of', 'json'];
  const output = await runOk('ffprobe', ['-v', 'error', ...fields, served.path('video.mp4')]);
  const { format }: ProbeReport = JSON.parse(output);
  expect(Number(format.duration)).toBeCloseTo(VIDEO_SECONDS, 0);
  expect(Number(format.size)).toBeGreaterThan(40 * 2 ** 20);
});

function decodedDigest(path: string): Promise<string> {
  return runOk('ffmpeg', ['-v', 'error', '-i', path, '-map', '0', '-f', 'md5', '-'], { timeoutMs: 180_000 });
}

test('ffmpeg decodes the whole video without an error, frame for frame the original', async () => {
  expect(await decodedDigest(served.path('video.mp4'))).toBe(await decodedDigest(join(tree, 'video.mp4')));
  const check = await run('ffmpeg', ['-v', 'error', '-i', served.path('video.mp4'), '-f', 'null', '-'], {
    timeoutMs: 180_000,
  });
  expect(check).toMatchObject({ code: 0, stderr: '' });
});

test('a jump into the middle of the video decodes', async () => {
  const from = ['-ss', String(VIDEO_SECONDS / 2), '-i', served.path('video.mp4')];
  const check = await run('ffmpeg', ['-v', 'error', ...from, '-frames:v', '10', '-f', 'null', '-']);
  expect(check).toMatchObject({ code: 0, stderr: '' });
});
