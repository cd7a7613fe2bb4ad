/**
 * The secret of one publication, made of a person's key and the publication's own id, and what its MACs are made with.
 * Invariant: a MAC says of which publication, file and block it is, or of which directory, so that none stands for another; and
 * nothing here can be turned back into the key.
 */
import { createHmac, createSecretKey, hkdfSync, type Hmac, type KeyObject } from 'node:crypto';

/** Of one publication. Shown, copied and logged it tells nothing of its bytes. */
export type JobSecret = KeyObject & { readonly brand: 'JobSecret' };

/** As the catalogue names its algorithm. */
export const MAC_ALGORITHM = 'hmac-sha256';

const SECRET_BYTES = 32;
/** 128 bits: no two keys share a name by accident. */
const KEY_ID_BYTES = 16;

/** Names a key without telling anything of it: 32 hex digits. */
export function keyIdOf(key: KeyObject): string {
  return Buffer.from(hkdfSync('sha256', key, '', 'orbit-ghost key id', KEY_ID_BYTES)).toString('hex');
}

/** `contentId` is another for each publication: what is signed in one means nothing in the next. */
export function jobSecret(key: KeyObject, contentId: string): JobSecret {
  const bytes = hkdfSync('sha256', key, contentId, 'orbit-ghost publication', SECRET_BYTES);
  return createSecretKey(Buffer.from(bytes)) as JobSecret;
}

/** The key of one block's MAC. A key for each place, because then the bytes are all that goes into the MAC, uncopied. */
export function blockKey(secret: JobSecret, artifact: string, blockSize: number, block: number): Buffer {
  return createHmac('sha256', secret).update(`block;${blockSize};${block};${artifact}`).digest();
}

/** A MAC over what stands in a catalogue; no two kinds of `what` begin alike. */
export function sealOf(secret: JobSecret, what: string): Hmac {
  return createHmac('sha256', secret).update(what);
}
