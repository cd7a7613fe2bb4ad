/** What a responder thread and the event loop say to each other. */
import type { ServedBlocks } from '../../cache/served-blocks.ts';
import type { MountSettings } from '../../filesystem/mount-settings.ts';
import type { Logger } from '../../log.ts';
import type { BlockFile } from '../../entangler/block-reader.ts';
import type { DeferredAttribute, DeferredRead } from './operations.ts';
import type { Negotiated } from './protocol/init.ts';

/** Start parameters of a responder thread. */
export interface ResponderData {
  /** Descriptor of /dev/fuse, shared by the whole process. */
  readonly fd: number;
  readonly settings: MountSettings;
  /** Of a session that an earlier process began; undefined for a new one, whose INIT is still to come. */
  readonly negotiated: Negotiated | undefined;
  /** Memory of the ReadTable that the responder writes. */
  readonly reads: SharedArrayBuffer;
  /** Memory of the Waker. */
  readonly waker: SharedArrayBuffer;
  /** Memory of the Pulse. */
  readonly pulse: SharedArrayBuffer;
}

/** From the responder; the order in which they are posted is the order of the kernel's requests. */
export type ResponderMessage =
  /** The session can be used, or not for the reason given. */
  | { readonly kind: 'ready'; readonly outcome: Negotiated | { readonly refusal: string } }
  | { readonly kind: 'read'; readonly read: DeferredRead }
  | { readonly kind: 'attribute'; readonly attribute: DeferredAttribute }
  | { readonly kind: 'advanced'; readonly file: BlockFile; readonly block: number }
  | { readonly kind: 'served'; readonly served: readonly ServedBlocks[] }
  | { readonly kind: 'retry'; readonly request: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'interrupt'; readonly unique: bigint }
  | {
      readonly kind: 'log';
      readonly level: keyof Logger;
      readonly message: string;
      readonly details: string | undefined;
    }
  | { readonly kind: 'ended'; readonly failure: string | undefined };
