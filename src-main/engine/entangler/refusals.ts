/** What the Entangler refuses before anything moves, and the sentences it does so with. */
import { GhostError } from '../errors.ts';
import { blockCount } from './block-range.ts';
import type { BlockFile } from './block-reader.ts';

/** ARGUMENT_INVALID for bytes that are not inside the file, else undefined. */
export function badRange(file: BlockFile, offset: number, length: number): GhostError | undefined {
  const whole = Number.isInteger(offset) && Number.isInteger(length);
  if (whole && offset >= 0 && length >= 0 && offset + length <= file.size) return undefined;
  return new GhostError(
    'ARGUMENT_INVALID',
    `${length} bytes from ${offset} are not inside a file of ${file.size} bytes`,
    { artifact: file.id },
  );
}

/** ARGUMENT_INVALID for a block the file does not have, else undefined. */
export function badBlock(file: BlockFile, block: number): GhostError | undefined {
  if (Number.isInteger(block) && block >= 0 && block < blockCount(file.size, file.blockSize))
    return undefined;
  return new GhostError('ARGUMENT_INVALID', `the file has no block ${block}`, { artifact: file.id });
}

export function queueFull(file: BlockFile, block: number): GhostError {
  return new GhostError('QUEUE_FULL', 'too many blocks are waiting to be looked up; try again later', {
    artifact: file.id,
    block,
  });
}

export function shuttingDown(): GhostError {
  return new GhostError('SHUTTING_DOWN', 'the mount is being taken away');
}
