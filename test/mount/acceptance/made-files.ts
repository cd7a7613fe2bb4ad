/** Makes the files that formats.test.ts reads through the mount, each with the tool that owns its format. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOk } from '../../helpers/child.ts';
import { writeSeededFile } from '../../helpers/tree.ts';

const MIB = 2 ** 20;

export const VIDEO_SECONDS = 20;

const COMMITS = 12;

/** Packed and loose objects, a tag, a branch, and a file larger than a block. */
export async function makeRepository(directory: string): Promise<void> {
  const git = (...args: readonly string[]): Promise<string> =>
    runOk('git', ['-C', directory, '-c', 'user.name=Test', '-c', 'user.email=test@example.org', ...args]);
  await git('init', '--quiet', '--initial-branch=main');
  for (let commit = 0; commit < COMMITS; commit += 1) {
    mkdirSync(join(directory, `part ${String(commit % 3)}`), { recursive: true });
    for (let file = 0; file < 40; file += 1) {
      const lines = Array.from(
        { length: 50 },
        (_, line) => `commit ${String(commit)} file ${String(file)} ${String(line)}`,
      );
      writeFileSync(
        join(directory, `part ${String(commit % 3)}`, `ünter ${String(file)}.txt`),
        lines.join('\n'),
      );
    }
    rmSync(join(directory, 'large.bin'), { force: true });
    writeSeededFile(join(directory, 'large.bin'), 3 * MIB + commit, commit);
    await git('add', '--all');
    await git('commit', '--quiet', '--message', `commit ${String(commit)}`);
    // The earlier half packed, the later half loose.
    if (commit === COMMITS / 2) await git('gc', '--quiet', '--prune=now');
  }
  await git('tag', '--annotate', 'v1', '--message', 'first');
  await git('branch', 'other', 'HEAD~3');
}

/** About 60 MiB with two indexes, so that a check reads all over the file. */
export async function makeDatabase(path: string): Promise<void> {
  const sql = `
    create table notes(id integer primary key, topic integer, title text, body text);
    with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < 80000)
      insert into notes select n, n % 100, 'title ' || (n * 7919 % 80000), hex(randomblob(300)) from numbers;
    create index by_topic on notes(topic);
    create index by_title on notes(title);`;
  await runOk('sqlite3', [path], { input: sql });
}

/** Many small members and a large one, stored and deflated. */
export async function makeArchive(directory: string, name: string): Promise<void> {
  const content = join(directory, 'to archive');
  mkdirSync(content);
  for (let file = 0; file < 500; file += 1) {
    writeFileSync(join(content, `member ${String(file)} ü.txt`), `content of ${String(file)}\n`.repeat(200));
  }
  writeSeededFile(join(content, 'large.bin'), 30 * MIB, 7);
  await runOk('zip', ['-q', '-r', '-1', '-n', '.bin', name, 'to archive'], { cwd: directory });
}

/** Moving test picture and tone in an MP4 of more than 40 MiB, its index written last as a camera does. */
export async function makeVideo(path: string): Promise<void> {
  const picture = `testsrc2=size=1280x720:rate=25:duration=${String(VIDEO_SECONDS)},noise=alls=24:allf=t:all_seed=1`;
  const tone = `sine=frequency=440:duration=${String(VIDEO_SECONDS)}`;
  const inputs = ['-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', tone];
  const codecs = ['-c:v', 'mpeg4', '-q:v', '6', '-g', '25', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
  await runOk('ffmpeg', ['-v', 'error', ...inputs, ...codecs, '-fflags', '+bitexact', path], {
    timeoutMs: 180_000,
  });
}
