/** The installed command: it behaves like the program it starts, whatever Node started it. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run, start } from '../../helpers/child.ts';
import { mountAt } from '../../helpers/system-mounts.ts';
import { projectRoot } from '../../helpers/system.ts';
import { newHome, smallJob } from './command-line.ts';

const launcher = join(projectRoot, 'src-main', 'cli', 'launch.ts');
/** Makes this Node look old to the launcher; what that starts knows its own version. */
const OLD_NODE =
  'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.0.0"}})';

describe.each([
  ['a Node that is new enough', []],
  ['an older Node', ['--import', OLD_NODE]],
])('launched by %s', (_, flags) => {
  const command = [...flags, launcher];

  it('passes on output and exit code', async () => {
    expect(await run(process.execPath, [...command, '--version'])).toMatchObject({ code: 0, stderr: '' });
    const mistaken = await run(process.execPath, [...command, '--frob']);
    expect(mistaken).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining("'--frob'") });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('passes on %s', async (signal) => {
    const { env, database, job } = await smallJob(newHome());
    const child = await start(process.execPath, [...command, '-j', String(job), '-d', database], { env });
    const [, mountPoint = ''] = await child.waitForLine(/^mounted job \d+ at (.*)$/);
    child.signal(signal);
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(mountAt(mountPoint)).toBeUndefined();
  });
});
