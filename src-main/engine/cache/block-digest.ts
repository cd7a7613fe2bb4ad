/** The digest of a block, as catalogues have it: SHA-256, computed in libuv's thread pool so that no reader waits for it. */
export async function digestOf(data: Buffer): Promise<Buffer> {
  // No block lies in memory that threads share.
  return Buffer.from(await crypto.subtle.digest('SHA-256', data as Buffer<ArrayBuffer>));
}
