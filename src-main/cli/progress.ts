/** The progress of `publish` on a terminal: one line, redrawn. cli-progress owns the cursor and the rate of redrawing. */
import { SingleBar } from 'cli-progress';
import type { PublishProgress } from '../engine/publish/publish.ts';
import { formatBytes, formatCount } from '../output/format.ts';

/** Leaves room for the numbers on a terminal of 80 columns. */
const BAR_CHARACTERS = 20;

export interface ProgressBar {
  update(progress: PublishProgress): void;
  /** Takes the line away. */
  close(): void;
}

export function openProgressBar(stream: NodeJS.WritableStream): ProgressBar {
  let latest: PublishProgress | undefined;
  const bar = new SingleBar({
    stream,
    format: (_options, { eta }) => (latest === undefined ? '' : progressText(latest, eta)),
    clearOnComplete: true,
    hideCursor: true,
    // Its own signal handler would end the process in the middle of our clean-up.
    gracefulExit: false,
  });
  bar.start(1, 0);
  return {
    update(progress) {
      latest = progress;
      bar.setTotal(progress.totalBytes ?? progress.totalFiles ?? 1);
      bar.update(progress.phase === 'listing' ? 0 : amountOf(progress));
    },
    close: () => bar.stop(),
  };
}

/** Bytes where their total is known, files otherwise. */
function amountOf({ bytes, files, totalBytes }: PublishProgress): number {
  return totalBytes === undefined ? files : bytes;
}

/** `etaSeconds` as the bar estimates it; not a positive number while it cannot. */
export function progressText(progress: PublishProgress, etaSeconds: number): string {
  const { phase, files, bytes, totalFiles, totalBytes } = progress;
  if (phase === 'listing') return `Listing: ${formatCount(files)} files, ${formatBytes(bytes)}`;
  const total = totalBytes ?? totalFiles ?? 0;
  const done = total === 0 ? 1 : Math.min(1, amountOf(progress) / total);
  const drawn = '='.repeat(Math.floor(done * BAR_CHARACTERS)).padEnd(BAR_CHARACTERS, '-');
  const ofBytes = totalBytes === undefined ? '' : ` of ${formatBytes(totalBytes)}`;
  const ofFiles = totalFiles === undefined ? '' : ` of ${formatCount(totalFiles)}`;
  const eta = Number.isFinite(etaSeconds) && etaSeconds > 0 ? `, ${Math.ceil(etaSeconds)} s left` : '';
  return `[${drawn}] ${Math.floor(done * 100)} %, ${formatBytes(bytes)}${ofBytes}, ${formatCount(files)}${ofFiles} files${eta}`;
}
