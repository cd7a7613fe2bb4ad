/** `orbit-ghost open`: prints the address of the screen, and opens it where there is a display and a program for that. */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { GhostError } from '../../engine/errors.ts';
import { controlSocketPath } from '../../ipc/unix-socket-place.ts';
import { removeLater, writeBrowserPage } from '../browser-page.ts';
import { EXIT_OK } from '../failure.ts';
import type { Outcome } from '../leave.ts';
import { withRunning } from '../running.ts';

export interface OpenCommand {
  /** Print it and nothing else. */
  readonly print: boolean;
}

export async function openCommand({ print }: OpenCommand): Promise<Outcome> {
  const { url } = await withRunning((client) => client.call('app.screen', {}));
  if (url === null) {
    throw new GhostError(
      'UNSUPPORTED',
      'The running program serves no screen; start it again without --no-screen.',
    );
  }
  process.stdout.write(`${url}\n`);
  const opener = print ? undefined : browserOpener(process.platform, process.env);
  if (opener !== undefined) await openWith(opener, url);
  return { code: EXIT_OK, atOnce: false };
}

/** The system's own way to open an address; undefined without a display. */
export function browserOpener(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string | undefined {
  if (platform === 'darwin') return 'open';
  const displays = [env['DISPLAY'], env['WAYLAND_DISPLAY']];
  return displays.some((name) => name !== undefined && name !== '') ? 'xdg-open' : undefined;
}

/** Resolves when it was started, whatever becomes of it; the address is printed in any case. */
function openWith(opener: string, url: string): Promise<void> {
  const page = writeBrowserPage(dirname(controlSocketPath()), url);
  const child = spawn(opener, [page], { stdio: 'ignore', detached: true });
  child.unref();
  return new Promise((resolve) => {
    child.once('spawn', () => {
      removeLater(page);
      process.stderr.write(
        'A browser should open now. If it shows nothing, open this address in it yourself.\n',
      );
      resolve();
    });
    child.once('error', () => {
      rmSync(page, { force: true });
      process.stderr.write(`${opener} is missing; open the address yourself.\n`);
      resolve();
    });
  });
}
