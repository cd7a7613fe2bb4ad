/**
 * Decides whether a successful response is the range that was asked for, and takes its body. Invariant: only bytes at
 * their right offset of a file of the catalogue's size are delivered; what cannot be proved is refused.
 */
import type { BodyConsumer, ResponseHead } from './http-exchange.ts';
import type { RangeTransfer } from './range-transfer.ts';

/** What a server that ignores Range may make us read and throw away per transfer: a few blocks, not the file again. */
const MAX_SKIP_BYTES = 4 << 20;

/** What a network's sign-in page may answer, too. */
const DOUBTFUL = { isDoubtful: true };

/** The consumer of a 200's or 206's body; throws a GhostError for a response that is not the range. */
export function rangeConsumer(transfer: RangeTransfer, head: ResponseHead): BodyConsumer {
  const encoding = head.header('content-encoding');
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') {
    throw transfer.failure(
      'SOURCE_REFUSED',
      `the server sent it encoded (${encoding}) although it was not asked to`,
      DOUBTFUL,
    );
  }
  return head.status === 206 ? partialConsumer(transfer, head) : wholeConsumer(transfer, head);
}

function partialConsumer(transfer: RangeTransfer, head: ResponseHead): BodyConsumer {
  checkContentRange(transfer, head.header('content-range'));
  const announced = contentLength(head);
  if (announced !== undefined && announced > transfer.length) throw tooLong(transfer);
  return (chunk) => {
    const wanted = transfer.length - transfer.received;
    transfer.deliver(chunk.subarray(0, wanted));
    if (chunk.length > wanted) throw tooLong(transfer);
    return 'more';
  };
}

function wholeConsumer(transfer: RangeTransfer, head: ResponseHead): BodyConsumer {
  const { offset, length, object } = transfer;
  if (offset > MAX_SKIP_BYTES) {
    throw transfer.failure(
      'SOURCE_REFUSED',
      `the server ignores ranges (it answered 200 to a request from byte ${offset}); use one that supports them`,
      DOUBTFUL,
    );
  }
  const announced = contentLength(head);
  if (announced !== undefined && announced !== object.size) throw wrongSize(transfer, announced, DOUBTFUL);
  const toTheEnd = offset + length === object.size;
  if (announced === undefined && !toTheEnd) {
    throw transfer.failure(
      'SOURCE_REFUSED',
      'the server ignores ranges and does not say how long the file is',
      DOUBTFUL,
    );
  }
  let skip = offset;
  return (chunk) => {
    const skipped = Math.min(skip, chunk.length);
    skip -= skipped;
    const wanted = transfer.length - transfer.received;
    transfer.deliver(chunk.subarray(skipped, skipped + wanted));
    if (toTheEnd && chunk.length - skipped > wanted) throw tooLong(transfer);
    return !toTheEnd && transfer.received === transfer.length ? 'enough' : 'more';
  };
}

function checkContentRange(transfer: RangeTransfer, value: string | undefined): void {
  const { offset, length, object } = transfer;
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/i.exec(value?.trim() ?? '');
  if (match === null) {
    throw transfer.failure(
      'SOURCE_REFUSED',
      `the server does not say which bytes it sends (Content-Range: ${value ?? 'missing'})`,
    );
  }
  const [first, last, total] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (total !== object.size) throw wrongSize(transfer, total);
  if (first === offset && last === offset + length - 1) return;
  throw transfer.failure(
    'SOURCE_REFUSED',
    `the server sent bytes ${first} to ${last} when asked for ${offset} to ${offset + length - 1}`,
  );
}

function contentLength(head: ResponseHead): number | undefined {
  const text = head.header('content-length');
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function tooLong(transfer: RangeTransfer): Error {
  return transfer.failure(
    'SOURCE_REFUSED',
    `the server sent more than the ${transfer.length} bytes of the range`,
  );
}

function wrongSize(transfer: RangeTransfer, size: number, details?: typeof DOUBTFUL): Error {
  return transfer.failure(
    'OBJECT_CHANGED',
    `the server has ${size} bytes, the catalogue says ${transfer.object.size}; publish it again`,
    details,
  );
}
