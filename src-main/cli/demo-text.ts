/** What to try with the demo in a running program. Invariant: every command it prints works as printed. */
import { join } from 'node:path';
import { FAR_AWAY_NAME, FILES_NAME } from '../demo/demo-catalogue.ts';
import type { Job } from '../ipc/contract.ts';
import { shortestName } from './job-choice.ts';

/** How a person who typed `npm start` reaches the command line. */
const COMMAND = 'npx orbit-ghost';

/** `database` is the demo's catalogue, `all` are the jobs of every catalogue. */
export function demoText(all: readonly Job[], database: string): readonly string[] {
  const jobs = all.filter(({ catalogue }) => catalogue === database);
  const farAway = jobs.find(({ name }) => name === FAR_AWAY_NAME);
  const files = jobs.find(({ name }) => name === FILES_NAME);
  if (farAway === undefined || files === undefined) return [];
  const far = shellQuoted(join(farAway.mountPoint, '10-GiB.bin'));
  return [
    '',
    'Open that address in a browser: two jobs are there to be mounted by a click. Or in another terminal:',
    `  ${COMMAND} mount ${shortestName(files, all)}`,
    `  cat ${shellQuoted(join(files.mountPoint, 'README.txt'))}`,
    `  ${COMMAND} mount ${shortestName(farAway, all)}`,
    '',
    'The end of a 10 GiB file that is half a second away: half a second the first time, no time the second.',
    `  time tail -c 200 ${far} | od -c | tail -n 5`,
    'What was moved for that:',
    `  ${COMMAND} status`,
    '',
    'Ctrl-C unmounts everything and ends it.',
  ];
}

/** As a shell takes it literally; plain paths stay plain. */
export function shellQuoted(text: string): string {
  return /^[\w/.,:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
