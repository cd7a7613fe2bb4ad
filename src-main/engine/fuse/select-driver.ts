/** Chooses a driver and loads its module only then: neither may cost, or fail, where the other is used. */
import type { Clock } from '../clock.ts';
import { GhostError } from '../errors.ts';
import type { DriverName, FuseDriver } from './driver.ts';

export const DRIVER_CHOICES = ['auto', 'linux-kernel', 'fuse-native'] as const;
export type DriverChoice = (typeof DRIVER_CHOICES)[number];

/** A driver that can work here. Throws MOUNT_FAILED with the obstacle as a sentence. */
export async function selectDriver(choice: DriverChoice, clock: Clock): Promise<FuseDriver> {
  const driver = await load(choice === 'auto' ? preferred() : choice, clock);
  const obstacle = await driver.unavailable();
  if (obstacle !== undefined) throw new GhostError('MOUNT_FAILED', obstacle);
  return driver;
}

function preferred(): DriverName {
  return process.platform === 'linux' ? 'linux-kernel' : 'fuse-native';
}

async function load(name: DriverName, clock: Clock): Promise<FuseDriver> {
  switch (name) {
    case 'linux-kernel':
      return (await import('./kernel/kernel-driver.ts')).kernelDriver(clock);
    case 'fuse-native':
      return (await import('./native/native-driver.ts')).nativeDriver(clock);
  }
}
