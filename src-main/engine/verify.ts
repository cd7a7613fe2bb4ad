/**
 * The gate between the network and everything else: a block passes only with the digest or the MAC that the catalogue promises.
 * `crypto.subtle` computes both in libuv's thread pool, so that a large block does not hold up other readers.
 */

/** HMAC-SHA256 of a block under a key that is this block's alone. */
export interface BlockMac {
  readonly mac: Uint8Array;
  readonly key: Uint8Array;
}

/** What the catalogue promises of a block's bytes: their SHA-256 digest, or their MAC. */
export type ExpectedDigest = Uint8Array | BlockMac;

/** SHA-256. */
export async function digestOf(data: Buffer): Promise<Buffer> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', ownMemory(data)));
}

/** Whether the bytes are those that were promised; `digest` is theirs where somebody has computed it already. */
export async function hasDigest(data: Buffer, expected: ExpectedDigest, digest?: Buffer): Promise<boolean> {
  if (expected instanceof Uint8Array) return (digest ?? (await digestOf(data))).equals(expected);
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', ownMemory(expected.key), algorithm, false, ['verify']);
  // In constant time.
  return await crypto.subtle.verify('HMAC', key, ownMemory(expected.mac), ownMemory(data));
}

export function isSameDigest(a: ExpectedDigest | undefined, b: ExpectedDigest | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (b instanceof Uint8Array) return false;
  return Buffer.compare(a.mac, b.mac) === 0 && Buffer.compare(a.key, b.key) === 0;
}

/** No block, nor what is promised of it, lies in memory that threads share. */
function ownMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}
