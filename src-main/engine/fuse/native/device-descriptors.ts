/**
 * Tells when libfuse has left a session. It closes the session's descriptor of /dev/fuse as soon as the kernel has ended it
 * and every request is answered, and that can be seen without touching the mount; fuse-native itself reports nothing.
 */
import { readdirSync, readlinkSync } from 'node:fs';

const DESCRIPTORS = '/proc/self/fd';
const DEVICE = '/dev/fuse';

/** This process's descriptors of /dev/fuse. */
export function deviceDescriptors(): ReadonlySet<number> {
  return new Set(readdirSync(DESCRIPTORS).map(Number).filter(isDeviceDescriptor));
}

/** Whether the number is, still or again, a descriptor of /dev/fuse. */
export function isDeviceDescriptor(descriptor: number): boolean {
  try {
    return readlinkSync(`${DESCRIPTORS}/${descriptor}`) === DEVICE;
  } catch {
    // Closed, perhaps since it was listed.
    return false;
  }
}
