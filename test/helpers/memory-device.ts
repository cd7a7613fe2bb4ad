/** Plays the kernel's side of /dev/fuse for a session under test: frames in, replies out, no kernel. */
import { InHeader, OutHeader } from '../../src-main/engine/fuse/kernel/protocol/abi.ts';
import type { Device } from '../../src-main/engine/fuse/kernel/session.ts';

export interface Reply {
  readonly unique: bigint;
  /** 0 or a positive errno. */
  readonly errno: number;
  readonly payload: Buffer;
}

export class MemoryDevice implements Device {
  readonly #frames: Buffer[];
  readonly replies: Reply[] = [];

  constructor(frames: readonly Buffer[]) {
    this.#frames = [...frames];
  }

  read(target: Buffer): number {
    const frame = this.#frames.shift();
    if (frame === undefined) throw Object.assign(new Error('unmounted'), { code: 'ENODEV' });
    return frame.copy(target);
  }

  write(reply: Buffer, length: number): void {
    const header = OutHeader.decode(new DataView(reply.buffer, reply.byteOffset, length), 0, length);
    if (header === undefined) throw new Error('the reply is shorter than its header');
    // The kernel answers EINVAL here and the program would wait for ever.
    if (header.len !== length) throw new Error(`a reply of ${length} bytes says it has ${header.len}`);
    const errno = header.error === 0 ? 0 : 0x1_0000_0000 - header.error;
    this.replies.push({
      unique: header.unique,
      errno,
      payload: Buffer.from(reply.subarray(OutHeader.size, length)),
    });
  }
}

/** One request as the kernel frames it. */
export function frame(
  opcode: number,
  node: number,
  unique: bigint,
  body: Uint8Array = new Uint8Array(),
): Buffer {
  const bytes = Buffer.alloc(InHeader.size + body.length);
  InHeader.encode(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, {
    len: bytes.length,
    opcode,
    unique,
    nodeid: node,
    pid: 1,
  });
  bytes.set(body, InHeader.size);
  return bytes;
}
