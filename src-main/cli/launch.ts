#!/usr/bin/env node
/**
 * The installed command: finds a Node that can run the product and hands over to it. Runs on Node 20, so it uses nothing
 * newer and nothing but Node's own modules. Invariant: to the outside it behaves like the program it starts.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED_MAJOR = 24;
const FORWARDED: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/** The Node that came with the npm package `node`, or undefined when it is not there. */
function bundledNode(): string | undefined {
  try {
    const description = createRequire(import.meta.url).resolve('node/package.json');
    const executable = join(dirname(description), 'bin', 'node');
    return existsSync(executable) ? executable : undefined;
  } catch {
    return undefined;
  }
}

function handOver(executable: string): void {
  const main = fileURLToPath(new URL(`./main${extension}`, import.meta.url));
  const child = spawn(executable, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of FORWARDED) process.on(signal, forward);
  child.on('error', (error) => {
    process.stderr.write(
      `${executable} cannot be started (${error.message}); type "npm ci" in the package.\n`,
    );
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    for (const name of FORWARDED) process.off(name, forward);
    if (signal === null) process.exitCode = code ?? 1;
    else process.kill(process.pid, signal);
  });
}

if (Number.parseInt(process.versions.node, 10) >= NEEDED_MAJOR) {
  await import('./main.ts');
} else {
  const executable = bundledNode();
  if (executable === undefined) {
    process.stderr.write(
      `Orbit GhostFS needs Node ${NEEDED_MAJOR}, this is ${process.version} and the npm package "node" is not installed; type "npm ci" in the package.\n`,
    );
    process.exitCode = 1;
  } else {
    handOver(executable);
  }
}
