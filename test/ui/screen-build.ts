/** Before the tests of the screen: builds it from its sources, as `npm run build` does, so that no test sees an old one. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../helpers/system.ts';

const VITE = join(projectRoot, 'node_modules', 'vite', 'bin', 'vite.js');

export async function setup(): Promise<void> {
  // In a process of its own: building sets NODE_ENV.
  await promisify(execFile)(process.execPath, [VITE, 'build', '--logLevel', 'warn', 'src-renderer'], {
    cwd: projectRoot,
  });
}
