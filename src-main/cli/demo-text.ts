/** What to try with the demo in a running program. Invariant: every command it prints works as printed, in any directory. */
import { join } from 'node:path';
import { FAR_AWAY_NAME, FILES_NAME } from '../demo/demo-catalogue.ts';
import type { Job } from '../ipc/contract.ts';
import { ownCommand, shellQuoted } from '../output/own-command.ts';
import { shortestName } from './job-choice.ts';

export interface DemoPlace {
  /** Of every catalogue. */
  readonly jobs: readonly Job[];
  /** The demo's catalogue. */
  readonly database: string;
  /** Whether there is a screen, whose address stands above. */
  readonly screen: boolean;
}

export function demoText({ jobs: all, database, screen }: DemoPlace): readonly string[] {
  const jobs = all.filter(({ catalogue }) => catalogue === database);
  const farAway = jobs.find(({ name }) => name === FAR_AWAY_NAME);
  const files = jobs.find(({ name }) => name === FILES_NAME);
  if (farAway === undefined || files === undefined) return [];
  const far = shellQuoted(join(farAway.mountPoint, '10-GiB.bin'));
  const command = ownCommand();
  return [
    '',
    screen
      ? 'Open that address in a browser: two jobs are there to be mounted by a click. Or in another terminal:'
      : 'Two jobs are there to be mounted. In another terminal:',
    `  ${command} mount ${shortestName(files, all)}`,
    `  cat ${shellQuoted(join(files.mountPoint, 'README.txt'))}`,
    `  ${command} mount ${shortestName(farAway, all)}`,
    '',
    'The end of a 10 GiB file that is half a second away: half a second the first time, no time the second.',
    `  time tail -c 200 ${far} | od -c | tail -n 5`,
    'What was moved for that:',
    `  ${command} status`,
    '',
    'Ctrl-C unmounts everything and ends it.',
  ];
}
