/** Why the desktop app cannot be tested here, and where its binary is. Asked of the script that `npm run desktop` uses. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../helpers/system.ts';

interface Desktop {
  readonly binary?: string;
  readonly obstacle?: string;
}

function asked(): Desktop {
  const script = pathToFileURL(join(projectRoot, 'build', 'desktop.mjs')).href;
  const question = `const { electronBinary, desktopObstacle } = await import(${JSON.stringify(script)});
    console.log(JSON.stringify({ binary: electronBinary(), obstacle: desktopObstacle() }));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', question], {
    encoding: 'utf8',
  });
  return JSON.parse(stdout) as Desktop;
}

export const appObstacle = (): string | undefined => asked().obstacle;

export function appBinary(): string {
  const { binary } = asked();
  if (binary === undefined) throw new Error('there is no Electron binary; type `npx install-electron`');
  return binary;
}
