/** Failures of reads are told without drowning the log. */
import { expect, test } from 'vitest';
import { FailureLog } from '../../../../src-main/engine/fuse/kernel/failure-log.ts';
import { silentLogger } from '../../../../src-main/engine/log.ts';
import type { ArtifactId } from '../../../../src-main/engine/metadata/metadata-oracle.ts';
import { VirtualClock } from '../../../helpers/virtual-clock.ts';

test('the first failed read of a file is told at once, those of the second after it once, with their number', async () => {
  const clock = new VirtualClock();
  const told: string[] = [];
  const logger = { ...silentLogger, error: (message: string) => void told.push(message) };
  const log = new FailureLog(clock, logger);
  const [movie, song] = ['movie', 'song'] as unknown as [ArtifactId, ArtifactId];
  for (let read = 0; read < 40; read += 1) log.failed(movie, `The read ${read}`, new Error('away'));
  log.failed(song, 'The read of the song', new Error('away'));
  expect(told).toEqual(['The read 0 failed', 'The read of the song failed']);
  await clock.advance(1_000);
  expect(told.slice(2)).toEqual(['Another 39 reads of artifact movie failed within a second; the last']);
  expect(clock.pending).toBe(0);

  // What is counted when the mount ends is not lost.
  log.failed(movie, 'The read 40', new Error('away'));
  log.failed(movie, 'The read 41', new Error('away'));
  log.close();
  expect(told.slice(3)).toEqual([
    'The read 40 failed',
    'Another read of artifact movie failed within a second; the last',
  ]);
  expect(clock.pending).toBe(0);
});
