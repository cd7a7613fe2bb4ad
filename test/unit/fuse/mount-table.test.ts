import { describe, expect, it } from 'vitest';
import { parseMountInfo } from '../../../src-main/engine/fuse/kernel/mount-table.ts';

describe('parseMountInfo', () => {
  it('reads type, source and connection number, with any number of optional fields', () => {
    const text = [
      '22 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw',
      '55 22 0:47 / /home/a/ghost ro,nosuid,nodev,relatime - fuse.orbit-ghost orbit-ghost-job-1 ro,user_id=1000,group_id=0',
      '',
    ].join('\n');
    expect(parseMountInfo(text)).toEqual([
      { mountPoint: '/', type: 'ext4', source: '/dev/vda', minor: 0, owner: undefined },
      {
        mountPoint: '/home/a/ghost',
        type: 'fuse.orbit-ghost',
        source: 'orbit-ghost-job-1',
        minor: 47,
        owner: 1000,
      },
    ]);
  });

  it('undoes the escapes of spaces, tabs, newlines and backslashes and keeps other characters', () => {
    const line = '55 22 0:47 / /mnt/a\\040b\\011c\\012d\\134e-ü-[x] ro - fuse.x my\\040source ro';
    expect(parseMountInfo(line)).toMatchObject([
      { mountPoint: '/mnt/a b\tc\nd\\e-ü-[x]', source: 'my source' },
    ]);
  });
});
