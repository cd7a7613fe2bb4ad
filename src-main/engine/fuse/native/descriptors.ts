/** Small numbers for open files: fuse-native carries a handle as a signed 32-bit number, and takes 0 for none. */
import { GhostError } from '../../errors.ts';
import type { FileHandle } from '../../filesystem/open-files.ts';

export class Descriptors {
  readonly #handles: (FileHandle | undefined)[] = [undefined];
  readonly #free: number[] = [];

  add(handle: FileHandle): number {
    const descriptor = this.#free.pop() ?? this.#handles.length;
    this.#handles[descriptor] = handle;
    return descriptor;
  }

  /** Throws INTERNAL for a descriptor that is not open. */
  get(descriptor: number): FileHandle {
    const handle = this.#handles[descriptor];
    if (handle === undefined) {
      throw new GhostError('INTERNAL', `The descriptor ${descriptor} is not open.`);
    }
    return handle;
  }

  /** Frees the number and returns its handle. Throws INTERNAL like `get`. */
  remove(descriptor: number): FileHandle {
    const handle = this.get(descriptor);
    this.#handles[descriptor] = undefined;
    this.#free.push(descriptor);
    return handle;
  }
}
