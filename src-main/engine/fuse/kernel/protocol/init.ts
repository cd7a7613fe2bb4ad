/** INIT negotiation as a pure function: what the kernel offers in, what this driver answers out. */
import { InitBit, type InitOut, OLDEST_MINOR, PROTOCOL_MAJOR, PROTOCOL_MINOR, type StructOf } from './abi.ts';

export interface InitOffer {
  readonly major: number;
  readonly minor: number;
  readonly maxReadahead: number;
  /** Bit n set = capability n offered, 64 bits wide. */
  readonly flags: bigint;
}

/** Bytes of one request at most: 256 pages, the kernel's own ceiling. */
export const MAX_REQUEST_BYTES = 1 << 20;
const PAGE_BYTES = 4096;
/**
 * Read-ahead the kernel may have under way in one mount: as much as the field holds. Any limit that readers of a dead source
 * can reach would hold up the readers of cached files behind them; the kernel's own default is 12.
 */
const MAX_BACKGROUND = 65_535;
/** Past this the kernel reads ahead no further than what programs wait for. */
const CONGESTED = 384;
/** Nothing is ever written; the kernel's minimum keeps the read buffer small. */
const MAX_WRITE_BYTES = PAGE_BYTES;

/**
 * With ASYNC_READ the kernel asks for the next bytes while a program works on those before, which doubles what one reader
 * gets from the cache. No signal interrupts such a request, so the event loop looks after readers that are gone.
 * ASYNC_DIO is left out on purpose: a killed direct reader would stay until the deadline.
 */
const WANTED = [
  InitBit.ASYNC_READ,
  // A size or mtime that changed in the catalogue makes the kernel drop the stale pages by itself.
  InitBit.AUTO_INVAL_DATA,
  InitBit.DO_READDIRPLUS,
  InitBit.READDIRPLUS_AUTO,
  InitBit.PARALLEL_DIROPS,
  InitBit.MAX_PAGES,
  InitBit.INIT_EXT,
  // A process that takes the session over has the requests sent again that its predecessor had taken.
  InitBit.HAS_RESEND,
].reduce((mask, bit) => mask | (1n << BigInt(bit)), 0n);

/** What INIT agreed on. It is never sent again, so whoever takes a session over must be told. */
export interface Negotiated {
  readonly minor: number;
  /** As in InitOffer, those granted: `0x…`, as it travels as JSON. */
  readonly flags: string;
}

/** Whether a process that takes the session over gets the requests that its predecessor took and never answered. */
export function canResend({ flags }: Negotiated): boolean {
  return (BigInt(flags) & (1n << BigInt(InitBit.HAS_RESEND))) !== 0n;
}

export type InitAnswer =
  | {
      readonly kind: 'accept';
      readonly reply: Partial<StructOf<typeof InitOut>>;
      readonly negotiated: Negotiated;
    }
  /** A newer major: the kernel asks again with ours. */
  | { readonly kind: 'renegotiate'; readonly reply: Partial<StructOf<typeof InitOut>> }
  | { readonly kind: 'refuse'; readonly reason: string };

export function negotiate(offer: InitOffer): InitAnswer {
  if (offer.major > PROTOCOL_MAJOR) {
    return { kind: 'renegotiate', reply: { major: PROTOCOL_MAJOR, minor: PROTOCOL_MINOR } };
  }
  if (offer.major < PROTOCOL_MAJOR || offer.minor < OLDEST_MINOR) {
    return {
      kind: 'refuse',
      reason: `The kernel speaks FUSE protocol ${offer.major}.${offer.minor}; at least 7.${OLDEST_MINOR} (Linux 5.4) is needed.`,
    };
  }
  const flags = offer.flags & WANTED;
  const minor = Math.min(offer.minor, PROTOCOL_MINOR);
  return {
    kind: 'accept',
    negotiated: { minor, flags: `0x${flags.toString(16)}` },
    reply: {
      major: PROTOCOL_MAJOR,
      minor,
      maxReadahead: Math.min(offer.maxReadahead, MAX_REQUEST_BYTES),
      flags: Number(flags & 0xffff_ffffn),
      flags2: Number(flags >> 32n),
      maxBackground: MAX_BACKGROUND,
      congestionThreshold: CONGESTED,
      maxWrite: MAX_WRITE_BYTES,
      timeGran: 1_000_000_000,
      maxPages: MAX_REQUEST_BYTES / PAGE_BYTES,
    },
  };
}
