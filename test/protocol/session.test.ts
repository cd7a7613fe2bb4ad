import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GhostFilesystem } from '../../src-main/engine/filesystem/ghost-filesystem.ts';
import type { DeferredAttribute, DeferredRead } from '../../src-main/engine/fuse/kernel/operations.ts';
import * as abi from '../../src-main/engine/fuse/kernel/protocol/abi.ts';
import { Pulse } from '../../src-main/engine/fuse/kernel/pulse.ts';
import { reply, serve, type Device } from '../../src-main/engine/fuse/kernel/session.ts';
import { silentLogger } from '../../src-main/engine/log.ts';
import { InodeTranslator } from '../../src-main/engine/metadata/inode-translator.ts';
import {
  openMagnetar,
  type MagnetarAdapter,
} from '../../src-main/engine/metadata/magnetar/magnetar-adapter.ts';
import { frame, MemoryDevice } from '../helpers/memory-device.ts';

const { errno: E } = constants;
const { Opcode } = abi;
const FILE_BYTES = 5_000_000;

let folder: string;
let oracle: MagnetarAdapter;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'orbit-session-'));
  const path = join(folder, 'magnetar.db');
  const database = new Database(path);
  database.exec(`
    CREATE TABLE artifacts(id TEXT PRIMARY KEY, job_id INTEGER, parent_id TEXT, name TEXT, size INTEGER, is_dir BOOLEAN, mtime INTEGER);
    CREATE INDEX by_parent ON artifacts(parent_id); CREATE INDEX by_job ON artifacts(job_id);
    CREATE INDEX by_name ON artifacts(parent_id, name);
    INSERT INTO artifacts VALUES ('root', 1, NULL, 'root', 0, 1, 1700000000), ('dir', 1, 'root', 'dir', 0, 1, 1700000000),
      ('file', 1, 'root', 'file.bin', ${FILE_BYTES}, 0, 1700000001);
  `);
  const insert = database.prepare(`INSERT INTO artifacts VALUES (?, 1, 'dir', ?, 1, 0, 0)`);
  database.transaction(() => {
    for (let index = 0; index < 500; index++) insert.run(`many-${index}`, `many-${index}`);
  })();
  database.close();
  oracle = openMagnetar(path, 1);
});

afterAll(() => {
  oracle.close();
  rmSync(folder, { recursive: true });
});

/** Serves the frames as one session would. */
function run(frames: readonly Buffer[]) {
  const device = new MemoryDevice(frames);
  const deferred: (DeferredRead | DeferredAttribute)[] = [];
  const interrupted: bigint[] = [];
  const inodes = new InodeTranslator(oracle);
  const settings = {
    database: '',
    job: 1,
    mountPoint: '/nowhere',
    cache: undefined,
    cacheNamespace: '1-test',
    blockSize: 1 << 20,
    uid: 7,
    gid: 8,
    umask: 0o027,
    allowOther: false,
  };
  let refusal: string | undefined = 'no INIT';
  serve(
    device,
    {
      filesystem: new GhostFilesystem(oracle, settings, { epochMs: 1 }),
      inodes,
      defer: (read) => deferred.push(read),
      deferAttribute: (attribute) => deferred.push(attribute),
      served: () => {},
      advanced: () => {},
      interrupt: (unique) => interrupted.push(unique),
      beats: new Pulse().beats,
      retry: () => {
        throw new Error('nothing is locked here');
      },
      ready: (outcome) => {
        refusal = 'refusal' in outcome ? outcome.refusal : undefined;
      },
    },
    silentLogger,
  );
  return { replies: device.replies, deferred, interrupted, inodes, refusal };
}

function encode<S extends { size: number; encode(view: DataView, base: number, values: never): number }>(
  declared: S,
  values: Parameters<S['encode']>[2],
): Buffer {
  const bytes = Buffer.alloc(declared.size);
  declared.encode(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, values);
  return bytes;
}

const view = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
const name = (text: string): Buffer => Buffer.from(`${text}\0`);
const lookup = (unique: bigint, parent: number, text: string): Buffer =>
  frame(Opcode.LOOKUP, parent, unique, name(text));

/** Node id of the file, as a lookup tells it. */
function fileNode(): number {
  const entry = abi.EntryOut.decode(view(run([lookup(1n, 1, 'file.bin')]).replies[0]!.payload), 0, 128);
  return entry!.nodeid;
}

describe('session', () => {
  it('answers INIT bytes captured from a kernel of protocol 7.45', () => {
    const captured = Buffer.concat([
      Buffer.from('68000000' + '1a000000' + '0200000000000000' + '0000000000000000' + '000000000000000000000000' + '00000000', 'hex'),
      Buffer.from('07000000' + '2d000000' + '00000200' + 'fbffff73' + 'ff1f0000', 'hex'),
      Buffer.alloc(44),
    ]); // prettier-ignore
    const { replies, refusal } = run([captured]);
    expect(refusal).toBeUndefined();
    expect(replies).toHaveLength(1);
    expect(replies[0]).toMatchObject({ unique: 2n, errno: 0 });
    expect(abi.InitOut.decode(view(replies[0]!.payload), 0, 64)).toMatchObject({
      major: 7,
      maxPages: 256,
      flags2: 1 << (abi.InitBit.HAS_RESEND - 32),
    });
  });

  it('looks up, describes and counts', () => {
    const { replies, inodes } = run([
      lookup(10n, 1, 'file.bin'),
      lookup(11n, 1, 'file.bin'),
      lookup(12n, 1, 'missing'),
      lookup(13n, 1, 'x'.repeat(256)),
    ]);
    expect(replies.map(({ unique, errno }) => [unique, errno])).toEqual([
      [10n, 0],
      [11n, 0],
      [12n, E.ENOENT],
      [13n, E.ENAMETOOLONG],
    ]);
    const payload = view(replies[0]!.payload);
    const { nodeid } = abi.EntryOut.decode(payload, 0, 128)!;
    expect(abi.Attr.decode(payload, abi.EntryOut.size, 88)).toMatchObject({
      ino: nodeid,
      size: FILE_BYTES,
      blocks: Math.ceil(FILE_BYTES / 512),
      mode: 0o100640,
      uid: 7,
      gid: 8,
      mtime: 1700000001,
    });
    expect(inodes.liveNodes).toBe(1);
  });

  it('drops a node when the kernel has forgotten every lookup, one by one or in a batch, and never replies to it', () => {
    const node = fileNode();
    const forget = (count: number): Buffer =>
      frame(Opcode.FORGET, node, 0n, encode(abi.ForgetIn, { nlookup: count }));
    const twice = [lookup(1n, 1, 'file.bin'), lookup(2n, 1, 'file.bin')];
    expect(run([...twice, forget(1)]).inodes.liveNodes).toBe(1);
    expect(run([...twice, forget(2)])).toMatchObject({ inodes: { liveNodes: 0 }, replies: { length: 2 } });
    const batch = Buffer.concat([
      encode(abi.BatchForgetIn, { count: 1 }),
      encode(abi.ForgetOne, { nodeid: node, nlookup: 2 }),
    ]);
    const ended = run([...twice, frame(Opcode.BATCH_FORGET, 0, 0n, batch)]);
    expect(ended.inodes.liveNodes).toBe(0);
    expect(ended.replies).toHaveLength(2);
  });

  it('hands a read of uncached bytes to the event loop, cut at the end of the file, and answers one beyond it with nothing', () => {
    const node = fileNode();
    const opening = frame(Opcode.OPEN, node, 1n, encode(abi.OpenIn, {}));
    // A session that follows knows the handles of the one before.
    const { fh } = abi.OpenOut.decode(view(run([opening]).replies[0]!.payload), 0, 16)!;
    const read = (unique: bigint, offset: number, size: number): Buffer =>
      frame(Opcode.READ, node, unique, encode(abi.ReadIn, { fh, offset, size }));
    const { replies, deferred } = run([
      read(5n, FILE_BYTES - 10, 4096),
      read(6n, FILE_BYTES, 4096),
      read(7n, 2 ** 60, 1),
    ]);
    expect(deferred).toMatchObject([
      { unique: 5n, offset: FILE_BYTES - 10, length: 10, file: { id: 'file' } },
    ]);
    expect(replies.map(({ unique, errno, payload }) => [unique, errno, payload.length])).toEqual([
      [6n, 0, 0],
      [7n, 0, 0],
    ]);
  });

  it.each([
    ['SETATTR', E.EROFS],
    ['MKDIR', E.EROFS],
    ['UNLINK', E.EROFS],
    ['RENAME2', E.EROFS],
    ['WRITE', E.EROFS],
    ['CREATE', E.EROFS],
    ['SETXATTR', E.EROFS],
    ['FALLOCATE', E.EROFS],
    ['COPY_FILE_RANGE', E.EROFS],
    ['READLINK', E.ENOSYS],
  ] as const)('answers %s with errno %i', (operation, errno) => {
    expect(run([frame(Opcode[operation], 1, 9n, Buffer.alloc(128))]).replies).toMatchObject([
      { unique: 9n, errno },
    ]);
  });

  it('passes an interrupt on and does not answer it', () => {
    const ended = run([frame(Opcode.INTERRUPT, 0, 100n, encode(abi.InterruptIn, { unique: 99n }))]);
    expect(ended.interrupted).toEqual([99n]);
    expect(ended.replies).toEqual([]);
  });

  it.each([Opcode.READDIR, Opcode.READDIRPLUS])(
    'lists every name once whatever the buffer size (opcode %i)',
    (opcode) => {
      const plus = opcode === Opcode.READDIRPLUS;
      const directory = abi.EntryOut.decode(
        view(run([lookup(1n, 1, 'dir')]).replies[0]!.payload),
        0,
        128,
      )!.nodeid;
      for (const size of [256, 300, 4096, 1 << 20]) {
        const names: string[] = [];
        for (let offset = 0, more = true; more;) {
          const body = encode(abi.ReadIn, { offset, size });
          const { payload } = run([frame(opcode, directory, 1n, body)]).replies[0]!;
          expect(payload.length).toBeLessThanOrEqual(size);
          more = payload.length > 0;
          for (let at = 0; at < payload.length;) {
            const base = at + (plus ? abi.ENTRY_OUT_SIZE : 0);
            const dirent = abi.Dirent.decode(view(payload), base, 24)!;
            names.push(payload.toString('utf8', base + 24, base + 24 + dirent.namelen));
            offset = dirent.off;
            at = base + ((24 + dirent.namelen + 7) & ~7);
          }
        }
        expect(names).toEqual(['.', '..', ...Array.from({ length: 500 }, (_, index) => `many-${index}`)]);
      }
    },
  );

  it('survives any frame: one reply at the most, never for those without, always well-formed', () => {
    const opcodes = fc.oneof(fc.constantFrom(...Object.values(Opcode)), fc.nat(0xffff));
    const noReply: number[] = [Opcode.FORGET, Opcode.BATCH_FORGET, Opcode.INTERRUPT, Opcode.NOTIFY_REPLY];
    fc.assert(
      fc.property(
        opcodes,
        fc.integer({ min: 0, max: 600 }),
        fc.uint8Array({ maxLength: 200 }),
        (opcode, node, body) => {
          const { replies, deferred } = run([frame(opcode, node, 4n, body)]);
          expect(replies.length + deferred.length).toBe(noReply.includes(opcode) ? 0 : 1);
          for (const reply of replies) expect(reply.unique).toBe(4n);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('answers EIO when the kernel refuses a reply, so that nobody waits for ever', () => {
    const device = new MemoryDevice([]);
    let writes = 0;
    const refusing: Device = {
      read: (target) => device.read(target),
      write: (reply, length) => {
        writes += 1;
        if (writes === 1) throw Object.assign(new Error('invalid'), { code: 'EINVAL' });
        device.write(reply, length);
      },
    };
    const refused = Buffer.alloc(64);
    abi.OutHeader.encode(view(refused), 0, { len: 64, unique: 5n });
    reply(refusing, refused, 64, silentLogger);
    expect(device.replies).toMatchObject([{ unique: 5n, errno: E.EIO, payload: { length: 0 } }]);
  });

  it('ignores frames whose length is a lie or that end inside the header, and goes on', () => {
    const good = lookup(3n, 1, 'file.bin');
    const lying = Buffer.from(good);
    lying.writeUInt32LE(good.length + 1, 0);
    const { replies } = run([good.subarray(0, 39), Buffer.alloc(0), lying, good]);
    expect(replies.map(({ unique }) => unique)).toEqual([3n]);
  });
});
