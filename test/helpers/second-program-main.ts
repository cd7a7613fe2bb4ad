/** Starts the program as the desktop app does, says how that ended, and then does nothing at all: it ends when nothing is left running. */
import { silentLogger } from '../../src-main/engine/log.ts';
import { startProgram } from '../../src-main/program.ts';
import { userDirectories } from '../../src-main/supervisor/settings/directories.ts';
import { openSettings } from '../../src-main/supervisor/settings/settings.ts';

const directories = userDirectories();
const settings = openSettings({
  file: `${directories.config}/config.toml`,
  env: process.env,
  overrides: {},
  directories,
});
const options = {
  settings,
  host: undefined,
  screen: undefined,
  logger: silentLogger,
  version: '0',
  leaving: new Promise<never>(() => {}),
};
try {
  const program = await startProgram({ ...options, quit: () => {} });
  process.stdout.write('started\n');
  await program.stop({ force: false });
} catch (error) {
  process.stdout.write(`${error instanceof Error && 'code' in error ? String(error.code) : 'failed'}\n`);
}
settings.close();
