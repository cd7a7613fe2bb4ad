/**
 * Last step of `npm start`: the desktop app where one can start, else the same program with its screen in the browser and
 * the demo's jobs. Invariant: works without network, display, Electron and configuration.
 */
import { desktopObstacle, runDesktop } from './desktop.mjs';

const words = process.argv.slice(2);

async function startInBrowser() {
  // In this process: a signal from npm or the terminal is the program's own then.
  process.argv.splice(2, words.length, 'up', '--demo', ...words);
  await import(new URL('../dist/cli/main.js', import.meta.url).href);
}

if (desktopObstacle() === undefined) {
  const { code, aborted } = await runDesktop(words);
  if (aborted === undefined) process.exitCode = code;
  else {
    process.stderr.write(`${aborted} The screen in a browser starts instead.\n`);
    await startInBrowser();
  }
} else {
  await startInBrowser();
}
