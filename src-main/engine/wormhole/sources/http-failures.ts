/** Puts what can go wrong between here and a server into codes and sentences. Pure: decides nothing about retrying. */
import { isOutOfDescriptors, NO_DESCRIPTOR } from '../../descriptors.ts';
import { GhostError } from '../../errors.ts';
import type { ResponseHead } from './http-exchange.ts';
import type { RangeTransfer } from './range-transfer.ts';

const SENTENCES = new Map([
  ['ECONNREFUSED', 'nothing listens there (connection refused)'],
  ['ECONNRESET', 'the connection was reset'],
  ['EPIPE', 'the connection was closed'],
  ['ENOTFOUND', 'the host name is not known'],
  ['EAI_AGAIN', 'the host name could not be looked up; is there a network?'],
  ['EHOSTUNREACH', 'there is no way to the host'],
  ['ENETUNREACH', 'there is no network to the host'],
  ['ETIMEDOUT', 'the host does not answer'],
  ['UND_ERR_CONNECT_TIMEOUT', 'the host does not accept the connection in time'],
  ['UND_ERR_SOCKET', 'the server closed the connection'],
  ['UND_ERR_HEADERS_OVERFLOW', 'the server sent more headers than can be right'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'the server sent fewer bytes than it announced'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is self-signed and not trusted here'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its certificate comes from an authority that is not trusted here'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its certificate comes from an authority that is not known here'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'its certificate comes from an authority that is not known here'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['CERT_NOT_YET_VALID', 'its certificate is not valid yet; is the clock right?'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another host'],
]);

/** A failure below HTTP: `accepted` says whether the body had begun, so that what came can be resumed from. */
export function connectionFailure(transfer: RangeTransfer, error: unknown, accepted: boolean): unknown {
  if (error instanceof GhostError) return error;
  if (isOutOfDescriptors(error))
    return transfer.failure('OUT_OF_DESCRIPTORS', NO_DESCRIPTOR, { cause: error });
  const reason = connectionSentence(error);
  if (reason === undefined) return error;
  if (!accepted) return transfer.failure('SOURCE_UNREACHABLE', reason, { cause: error });
  return transfer.failure(
    'BLOCK_TRUNCATED',
    `${reason} after ${transfer.received} of ${transfer.length} bytes`,
    { cause: error },
  );
}

/** What went wrong with a connection; undefined for an error that no network threw but the one who takes the bytes. */
export function connectionSentence(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const code = String(error.code);
  return SENTENCES.get(code) ?? familySentence(error.name, code) ?? error.message;
}

/** Failures of which only the family matters. */
function familySentence(name: string, code: string): string | undefined {
  if (name === 'HTTPParserError') return 'the server answers with something that is not HTTP';
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_'))
    return `the server does not speak TLS as it should (${code})`;
  return undefined;
}

/** A status that is neither the content nor a redirect. */
export function statusFailure(
  transfer: RangeTransfer,
  head: ResponseHead,
  retryAfterMs: number | undefined,
): GhostError {
  const { status } = head;
  const wish = retryAfterMs === undefined ? {} : { retryAfterMs };
  switch (status) {
    case 401:
    case 403:
    case 407:
      return transfer.failure('CREDENTIALS_REFUSED', `the server wants other credentials (${status})`);
    case 404:
    case 410:
    case 416:
      return transfer.failure(
        'SOURCE_REFUSED',
        `the source is stale: the server no longer has it as published (${status}); publish it again`,
      );
    case 412:
      return transfer.failure(
        'OBJECT_CHANGED',
        'the server now has another version of it (412); publish it again',
      );
    case 408:
    case 425:
      return transfer.failure('SOURCE_UNREACHABLE', `the server gave up on the request (${status})`, wish);
    case 429:
      return transfer.failure('SOURCE_UNREACHABLE', 'the server asks for fewer requests (429)', wish);
    default:
      return status >= 500
        ? transfer.failure('SOURCE_UNREACHABLE', `the server is in trouble (${status})`, wish)
        : transfer.failure('SOURCE_REFUSED', `the server answered ${status}, which is no answer to a read`, {
            isDoubtful: true,
          });
  }
}
