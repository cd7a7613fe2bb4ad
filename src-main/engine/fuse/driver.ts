/**
 * The seam between the kernel and the engine: a driver mounts one job and turns kernel requests into filesystem
 * operations. Two implementations (kernel/, native/), one conformance suite (test/mount/driver-conformance.test.ts).
 */
import type { Logger } from '../log.ts';
import type { BlockReader } from '../entangler/block-reader.ts';
import type { MountSettings } from '../filesystem/mount-settings.ts';

export type DriverName = 'linux-kernel' | 'fuse-native';

export interface MountRequest {
  readonly settings: MountSettings;
  /** Fetches what the cache does not have. */
  readonly blocks: BlockReader;
  readonly logger: Logger;
}

export interface Mount {
  readonly mountPoint: string;
  /** Settles when the mount is gone: by `unmount`, or undefined `reason` absent; otherwise why it ended unexpectedly. */
  readonly ended: Promise<{ readonly reason: string } | undefined>;
  /** Takes the mount away, frees every waiting reader, resolves when nothing is left. Safe to call twice. */
  unmount(): Promise<void>;
}

export interface FuseDriver {
  readonly name: DriverName;
  /** Why this driver cannot work here, as a sentence with the remedy; undefined when it can. */
  unavailable(): Promise<string | undefined>;
  /** Resolves when the mount answers. Rejects with MOUNT_FAILED and a sentence. */
  mount(request: MountRequest): Promise<Mount>;
}
