/**
 * The gate between the network and everything else: a block passes only with the digest the catalogue promises.
 * `crypto.subtle` hashes in libuv's thread pool, so a large block does not hold up other readers.
 */

/** Whether the bytes have that SHA-256 digest. */
export async function hasDigest(data: Buffer<ArrayBuffer>, expected: Uint8Array): Promise<boolean> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', data)).equals(expected);
}
