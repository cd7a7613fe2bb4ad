/** `orbit-ghost jobs`: what a catalogue has to mount, as an aligned table or as JSON. Credentials in URIs are not shown. */
import { systemClock } from '../../engine/clock.ts';
import { withCatalogueRetry } from '../../engine/metadata/retry.ts';
import { listJobs, type JobSummary } from '../../engine/publish/jobs.ts';
import { redactUri } from '../../engine/wormhole/sources/source-uri.ts';
import { EXIT_OK } from '../failure.ts';
import { formatBytes, formatCount } from '../../output/format.ts';
import { ownCommand } from '../../output/own-command.ts';
import type { Outcome } from '../leave.ts';
import { printable } from '../../output/printable.ts';
import { renderTable } from '../table.ts';

export interface JobsCommand {
  readonly database: string;
  readonly json: boolean;
}

export async function jobsCommand({ database, json }: JobsCommand): Promise<Outcome> {
  const jobs = await withCatalogueRetry(systemClock, () => listJobs(database));
  process.stdout.write(`${json ? jobsJson(jobs) : jobsText(jobs, database)}\n`);
  return { code: EXIT_OK, atOnce: false };
}

export function jobsJson(jobs: readonly JobSummary[]): string {
  const shown = jobs.map(({ id, name, files, directories, bytes, blockSize, sources, created }) => ({
    id,
    name,
    files,
    directories,
    bytes,
    blockSize: blockSize ?? null,
    sources: sources.map((uri) => redactUri(uri)),
    created: created ?? null,
  }));
  return JSON.stringify(shown, null, 2);
}

export function jobsText(jobs: readonly JobSummary[], database: string): string {
  if (jobs.length === 0) {
    return `The catalogue ${printable(database)} has no jobs yet; \`${ownCommand()} publish\` adds one.`;
  }
  return renderTable(
    [
      { title: 'ID', align: 'right' },
      { title: 'NAME', align: 'left' },
      { title: 'FILES', align: 'right' },
      { title: 'SIZE', align: 'right' },
      { title: 'BLOCK', align: 'right' },
      { title: 'SOURCES', align: 'left' },
    ],
    jobs.map(({ id, name, files, bytes, blockSize, sources }) => [
      String(id),
      name,
      formatCount(files),
      formatBytes(bytes),
      blockSize === undefined ? '-' : formatBytes(blockSize),
      sources.map((uri) => redactUri(uri)).join(', '),
    ]),
  );
}
