/** The structs, opcodes and flags of the FUSE kernel protocol that this driver speaks; source: linux/fuse.h, protocol 7.45. */
import { safe64, struct, u16, u32, u64 } from './struct.ts';

/** The protocol version whose structs stand below. */
export const PROTOCOL_MAJOR = 7;
export const PROTOCOL_MINOR = 38;
/** Linux 5.4 (2019): the first with FUSE_MAX_PAGES and the 64-byte init reply in its present use. */
export const OLDEST_MINOR = 31;

export const ROOT_NODE = 1;

export const Opcode = {
  LOOKUP: 1,
  FORGET: 2,
  GETATTR: 3,
  SETATTR: 4,
  READLINK: 5,
  SYMLINK: 6,
  MKNOD: 8,
  MKDIR: 9,
  UNLINK: 10,
  RMDIR: 11,
  RENAME: 12,
  LINK: 13,
  OPEN: 14,
  READ: 15,
  WRITE: 16,
  STATFS: 17,
  RELEASE: 18,
  FSYNC: 20,
  SETXATTR: 21,
  GETXATTR: 22,
  LISTXATTR: 23,
  REMOVEXATTR: 24,
  FLUSH: 25,
  INIT: 26,
  OPENDIR: 27,
  READDIR: 28,
  RELEASEDIR: 29,
  FSYNCDIR: 30,
  ACCESS: 34,
  CREATE: 35,
  INTERRUPT: 36,
  DESTROY: 38,
  NOTIFY_REPLY: 41,
  BATCH_FORGET: 42,
  FALLOCATE: 43,
  READDIRPLUS: 44,
  RENAME2: 45,
  LSEEK: 46,
  COPY_FILE_RANGE: 47,
  TMPFILE: 51,
} as const;

/** Capabilities negotiated by INIT, as bit numbers: those above 31 travel in `flags2`. */
export const InitBit = {
  ASYNC_READ: 0,
  AUTO_INVAL_DATA: 12,
  DO_READDIRPLUS: 13,
  READDIRPLUS_AUTO: 14,
  PARALLEL_DIROPS: 18,
  MAX_PAGES: 22,
  INIT_EXT: 30,
  PASSTHROUGH: 37,
  HAS_RESEND: 39,
} as const;

/** What we may tell the kernel unasked: the `error` of a header whose `unique` is 0. */
export const Notification = { RESEND: 7 } as const;

/** Reply flag of OPEN: pages the kernel holds of this inode are still right. */
export const FOPEN_KEEP_CACHE = 1 << 1;

export const InHeader = struct(40, {
  len: u32(0),
  opcode: u32(4),
  unique: u64(8),
  nodeid: safe64(16),
  uid: u32(24),
  gid: u32(28),
  pid: u32(32),
  totalExtlen: u16(36),
});

/** `error` is 0 or a negated errno. */
export const OutHeader = struct(16, { len: u32(0), error: u32(4), unique: u64(8) });

/** Codes of notifications: they stand in place of a reply's error, under the id 0. */
export const Notify = { RETRIEVE: 5 } as const;
export const NotifyRetrieveOut = struct(32, {
  notifyUnique: u64(0),
  nodeid: safe64(8),
  offset: safe64(16),
  size: u32(24),
});

export const InitIn = struct(16, { major: u32(0), minor: u32(4), maxReadahead: u32(8), flags: u32(12) });
/** The part that kernels with INIT_EXT append. */
export const InitInExt = struct(4, { flags2: u32(0) });
export const InitOut = struct(64, {
  major: u32(0),
  minor: u32(4),
  maxReadahead: u32(8),
  flags: u32(12),
  maxBackground: u16(16),
  congestionThreshold: u16(18),
  maxWrite: u32(20),
  timeGran: u32(24),
  maxPages: u16(28),
  mapAlignment: u16(30),
  flags2: u32(32),
});

export const Attr = struct(88, {
  ino: safe64(0),
  size: safe64(8),
  blocks: safe64(16),
  atime: safe64(24),
  mtime: safe64(32),
  ctime: safe64(40),
  atimensec: u32(48),
  mtimensec: u32(52),
  ctimensec: u32(56),
  mode: u32(60),
  nlink: u32(64),
  uid: u32(68),
  gid: u32(72),
  rdev: u32(76),
  blksize: u32(80),
  flags: u32(84),
});

/** Followed by an Attr. */
export const EntryOut = struct(40, {
  nodeid: safe64(0),
  generation: safe64(8),
  entryValid: safe64(16),
  attrValid: safe64(24),
  entryValidNsec: u32(32),
  attrValidNsec: u32(36),
});
export const ENTRY_OUT_SIZE = EntryOut.size + Attr.size;

export const GetattrIn = struct(16, { getattrFlags: u32(0), fh: safe64(8) });
/** Flag of GETATTR: `fh` is set, the question is about an open file. */
export const GETATTR_FH = 1;
/** Followed by an Attr. */
export const AttrOut = struct(16, { attrValid: safe64(0), attrValidNsec: u32(8) });

export const OpenIn = struct(8, { flags: u32(0), openFlags: u32(4) });
export const OpenOut = struct(16, { fh: safe64(0), openFlags: u32(8) });
export const ReleaseIn = struct(24, {
  fh: safe64(0),
  flags: u32(8),
  releaseFlags: u32(12),
  lockOwner: u64(16),
});
/** READ, READDIR and READDIRPLUS. */
export const ReadIn = struct(40, {
  fh: safe64(0),
  offset: safe64(8),
  size: u32(16),
  readFlags: u32(20),
  lockOwner: u64(24),
  flags: u32(32),
});
/** Followed by the name, padded with NULs to a multiple of 8. */
export const Dirent = struct(24, { ino: safe64(0), off: safe64(8), namelen: u32(16), type: u32(20) });
export const StatfsOut = struct(80, {
  blocks: safe64(0),
  bfree: safe64(8),
  bavail: safe64(16),
  files: safe64(24),
  ffree: safe64(32),
  bsize: u32(40),
  namelen: u32(44),
  frsize: u32(48),
});
export const AccessIn = struct(8, { mask: u32(0) });
/** Followed by the attribute's name, NUL-terminated; LISTXATTR has no name. */
export const XattrIn = struct(8, { size: u32(0) });
export const XattrOut = struct(8, { size: u32(0) });
export const LseekIn = struct(24, { fh: safe64(0), offset: safe64(8), whence: u32(16) });
export const LseekOut = struct(8, { offset: safe64(0) });
export const ForgetIn = struct(8, { nlookup: safe64(0) });
/** Followed by `count` ForgetOne. */
export const BatchForgetIn = struct(8, { count: u32(0) });
export const ForgetOne = struct(16, { nodeid: safe64(0), nlookup: safe64(8) });
export const InterruptIn = struct(8, { unique: u64(0) });

/** The members of a declared struct. */
export type StructOf<S> = S extends { decode: (...args: never[]) => infer V | undefined }
  ? NonNullable<V>
  : never;

/** Any declared struct, as a constraint. */
export type AnyStruct = {
  readonly decode: (view: DataView, base: number, available: number) => object | undefined;
};
