/** Bytes of bytes as one line of a terminal, redrawn; nothing where there is no terminal. */
import { SingleBar } from 'cli-progress';
import { formatBytes } from '../output/format.ts';

export interface ByteBar {
  update(bytes: number, total: number): void;
  /** Takes the line away. */
  close(): void;
}

/** `verb` as in "Fetching". */
export function openByteBar(verb: string, stream: NodeJS.WriteStream = process.stderr): ByteBar {
  if (!stream.isTTY) return { update: () => {}, close: () => {} };
  let [done, whole] = [0, 0];
  const bar = new SingleBar({
    stream,
    format: () => byteBarText(verb, done, whole),
    clearOnComplete: true,
    hideCursor: true,
    // Its own signal handler would end the process in the middle of its work.
    gracefulExit: false,
  });
  bar.start(1, 0);
  return {
    update: (bytes, total) => {
      [done, whole] = [bytes, total];
      bar.setTotal(Math.max(1, total));
      bar.update(bytes);
    },
    close: () => bar.stop(),
  };
}

const BAR_CHARACTERS = 20;

export function byteBarText(verb: string, bytes: number, total: number): string {
  const share = total === 0 ? 0 : Math.min(1, bytes / total);
  const drawn = '='.repeat(Math.floor(share * BAR_CHARACTERS)).padEnd(BAR_CHARACTERS, '-');
  return `${verb} [${drawn}] ${Math.floor(share * 100)} %, ${formatBytes(bytes)} of ${formatBytes(total)}`;
}
