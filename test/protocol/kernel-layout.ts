/**
 * Layouts of the kernel's structs as a C compiler sees them (sizeof and offsetof over linux/fuse.h, protocol 7.38):
 * `[offset, size]` in bytes of every member this driver uses.
 */
export const KERNEL_LAYOUT: Readonly<
  Record<
    string,
    { readonly size: number; readonly offsets: Readonly<Record<string, readonly [number, number]>> }
  >
> = {
  InHeader: {
    size: 40,
    offsets: {
      len: [0, 4],
      opcode: [4, 4],
      unique: [8, 8],
      nodeid: [16, 8],
      uid: [24, 4],
      gid: [28, 4],
      pid: [32, 4],
      totalExtlen: [36, 2],
    },
  },
  OutHeader: { size: 16, offsets: { len: [0, 4], error: [4, 4], unique: [8, 8] } },
  InitOut: {
    size: 64,
    offsets: {
      major: [0, 4],
      minor: [4, 4],
      maxReadahead: [8, 4],
      flags: [12, 4],
      maxBackground: [16, 2],
      congestionThreshold: [18, 2],
      maxWrite: [20, 4],
      timeGran: [24, 4],
      maxPages: [28, 2],
      mapAlignment: [30, 2],
      flags2: [32, 4],
    },
  },
  Attr: {
    size: 88,
    offsets: {
      ino: [0, 8],
      size: [8, 8],
      blocks: [16, 8],
      atime: [24, 8],
      mtime: [32, 8],
      ctime: [40, 8],
      atimensec: [48, 4],
      mtimensec: [52, 4],
      ctimensec: [56, 4],
      mode: [60, 4],
      nlink: [64, 4],
      uid: [68, 4],
      gid: [72, 4],
      rdev: [76, 4],
      blksize: [80, 4],
      flags: [84, 4],
    },
  },
  GetattrIn: { size: 16, offsets: { getattrFlags: [0, 4], fh: [8, 8] } },
  OpenIn: { size: 8, offsets: { flags: [0, 4], openFlags: [4, 4] } },
  OpenOut: { size: 16, offsets: { fh: [0, 8], openFlags: [8, 4] } },
  ReleaseIn: { size: 24, offsets: { fh: [0, 8], flags: [8, 4], releaseFlags: [12, 4], lockOwner: [16, 8] } },
  ReadIn: {
    size: 40,
    offsets: {
      fh: [0, 8],
      offset: [8, 8],
      size: [16, 4],
      readFlags: [20, 4],
      lockOwner: [24, 8],
      flags: [32, 4],
    },
  },
  Dirent: { size: 24, offsets: { ino: [0, 8], off: [8, 8], namelen: [16, 4], type: [20, 4] } },
  StatfsOut: {
    size: 80,
    offsets: {
      blocks: [0, 8],
      bfree: [8, 8],
      bavail: [16, 8],
      files: [24, 8],
      ffree: [32, 8],
      bsize: [40, 4],
      namelen: [44, 4],
      frsize: [48, 4],
    },
  },
  AccessIn: { size: 8, offsets: { mask: [0, 4] } },
  XattrIn: { size: 8, offsets: { size: [0, 4] } },
  XattrOut: { size: 8, offsets: { size: [0, 4] } },
  LseekIn: { size: 24, offsets: { fh: [0, 8], offset: [8, 8], whence: [16, 4] } },
  LseekOut: { size: 8, offsets: { offset: [0, 8] } },
  ForgetIn: { size: 8, offsets: { nlookup: [0, 8] } },
  BatchForgetIn: { size: 8, offsets: { count: [0, 4] } },
  ForgetOne: { size: 16, offsets: { nodeid: [0, 8], nlookup: [8, 8] } },
  NotifyRetrieveOut: {
    size: 32,
    offsets: { notifyUnique: [0, 8], nodeid: [8, 8], offset: [16, 8], size: [24, 4] },
  },
  InterruptIn: { size: 8, offsets: { unique: [0, 8] } },
};
