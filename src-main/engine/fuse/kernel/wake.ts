/**
 * Wakes a responder thread, which waits for the kernel's next request and hears nothing else: asks the kernel for no pages of a
 * file, and its answer is a request (NOTIFY_REPLY). No page is locked for that, so it waits for nobody.
 */
import type { Logger } from '../../log.ts';
import { Notify, NotifyRetrieveOut, OutHeader } from './protocol/abi.ts';
import type { Device } from './session.ts';

/** The kernel knows a file that was served as long as somebody has it open, and mostly longer. */
export class Waker {
  /** For the responder, which alone writes it. */
  readonly shared: SharedArrayBuffer;
  /** Node of the file served last from the cache; 0 before there is one. An aligned store of eight bytes is whole. */
  readonly #node: Float64Array;

  constructor(shared = new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#node = new Float64Array(shared);
  }

  served(node: number): void {
    this.#node[0] = node;
  }

  /** For the event loop. Does nothing when the responder has served nothing, or nothing that the kernel still knows. */
  wake(device: Device, logger: Logger): void {
    const [nodeid = 0] = this.#node;
    if (nodeid === 0) return;
    const bytes = Buffer.alloc(OutHeader.size + NotifyRetrieveOut.size);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    OutHeader.encode(view, 0, { len: bytes.length, error: Notify.RETRIEVE });
    NotifyRetrieveOut.encode(view, OutHeader.size, { nodeid });
    try {
      device.write(bytes, bytes.length);
    } catch (error) {
      logger.debug('The kernel does not wake the responder', error);
    }
  }
}
