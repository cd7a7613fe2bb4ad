/**
 * `orbit-ghost publish`: adds a tree of files to a catalogue. The result goes to standard output; progress and what was
 * left out go to standard error. Invariant: an interrupted publication leaves the catalogue as it was.
 */
import { resolve } from 'node:path';
import { GhostError } from '../../engine/errors.ts';
import { defaultName } from '../../engine/publish/default-name.ts';
import { publish, type PublishResult } from '../../engine/publish/publish.ts';
import { EXIT_FAILED, EXIT_OK } from '../failure.ts';
import { formatBytes, formatCount } from '../../output/format.ts';
import { leave, type Outcome } from '../leave.ts';
import { printable } from '../../output/printable.ts';
import { openProgressBar } from '../progress.ts';
import { onStopSignals, signalExitCode, type StopSignal } from '../../stop-signals.ts';

/** More would scroll the result out of sight. */
const SKIPPED_SHOWN_MAX = 20;

export interface PublishCommand {
  readonly directory: string;
  readonly database: string;
  readonly name: string | undefined;
  readonly blockSize: number | undefined;
  readonly sources: readonly string[];
  /** Path. */
  readonly hmacKeyFile: string | undefined;
  readonly json: boolean;
}

export async function publishCommand(command: PublishCommand): Promise<Outcome> {
  const { directory, database, name, blockSize, sources, hmacKeyFile } = command;
  const abort = new AbortController();
  let stoppedBy: StopSignal | undefined;
  const unlisten = onStopSignals({
    first(signal) {
      stoppedBy = signal;
      abort.abort();
    },
    again: (signal) => void leave({ code: signalExitCode(signal), atOnce: true }),
  });
  const bar = process.stderr.isTTY ? openProgressBar(process.stderr) : undefined;
  try {
    const result = await publish({
      directory,
      database,
      name: name ?? defaultName(directory),
      ...(blockSize === undefined ? {} : { blockSize }),
      sources,
      hmacKeyFile: hmacKeyFile && resolve(hmacKeyFile),
      signal: abort.signal,
      onNotice: (sentence) => process.stderr.write(`${printable(sentence)}\n`),
      ...(bar === undefined ? {} : { onProgress: (progress) => bar.update(progress) }),
    });
    bar?.close();
    for (const line of skippedLines(result)) process.stderr.write(`${line}\n`);
    process.stdout.write(`${command.json ? resultJson(result) : resultSentence(result, database)}\n`);
    return { code: exitCodeFor(result), atOnce: false };
  } catch (error) {
    bar?.close();
    if (stoppedBy === undefined || !(error instanceof GhostError && error.code === 'INTERRUPTED'))
      throw error;
    process.stderr.write(`${printable(error.message)}\n`);
    return { code: signalExitCode(stoppedBy), atOnce: false };
  } finally {
    unlisten();
  }
}

/** A link or a socket is no failure; a file that is missing because it could not be read is one. */
export function exitCodeFor({ failedCount }: Pick<PublishResult, 'failedCount'>): number {
  return failedCount > 0 ? EXIT_FAILED : EXIT_OK;
}

export function resultJson({ jobId, files, bytes }: PublishResult): string {
  return JSON.stringify({ jobId, files, bytes });
}

export function resultSentence({ jobId, files, bytes }: PublishResult, database: string): string {
  const count = files === 1 ? '1 file' : `${formatCount(files)} files`;
  return printable(`Published job ${jobId} in ${database}: ${count}, ${formatBytes(bytes)}.`);
}

export function skippedLines({
  skipped,
  skippedCount,
}: Pick<PublishResult, 'skipped' | 'skippedCount'>): readonly string[] {
  if (skippedCount === 0) return [];
  const shown = skipped.slice(0, SKIPPED_SHOWN_MAX);
  const more = skippedCount - shown.length;
  return [
    `Left out (${formatCount(skippedCount)}):`,
    ...shown.map(({ path, reason }) => `  ${printable(path)}: ${printable(reason)}`),
    ...(more > 0 ? [`  and ${formatCount(more)} more`] : []),
  ];
}
