/** Watching the blocks of a file while its catalogue is slow to answer, because another program holds it locked. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import type { EngineEvent } from '../../src-main/engine/control/protocol.ts';
import { runOk } from '../helpers/child.ts';
import { startEngine } from '../helpers/engine-process.ts';
import { plainCatalogue } from '../helpers/plain-catalogue.ts';
import { onCleanup } from '../helpers/system-cleanup.ts';

const MIB = 2 ** 20;
const CACHED = 3;

const watchOf = (event: EngineEvent): number | undefined =>
  event.event === 'blocks' ? event.watch : undefined;

it('a watch that is ended before it has begun never begins', async () => {
  await using engine = await startEngine();
  const database = plainCatalogue('sim:?latency=1ms', [{ path: 'one.bin', size: MIB }]);
  const place = { key: '0123abcd-1', database, job: 1 };
  const { mountPoint } = await engine.request('mount', { ...place, mountPoint: engine.mountPoint() });

  const other = new Database(database);
  onCleanup('lock of the catalogue', () => Promise.resolve(other.close()).then(() => undefined));
  other.exec('BEGIN EXCLUSIVE');
  const ended = engine.request('watchBlocks', { ...place, path: 'one.bin', watch: 1 });
  const wanted = engine.request('watchBlocks', { ...place, path: 'one.bin', watch: 2 });
  await engine.request('unwatchBlocks', { watch: 1 });
  other.exec('ROLLBACK');
  await expect(ended).rejects.toThrow('INTERRUPTED: Nobody wants to watch one.bin any more.');
  expect((await wanted).states).toBe('AA==');

  const since = engine.events.length;
  await runOk('cat', [join(mountPoint, 'one.bin')], { discardStdout: true });
  await engine.event(
    'the block cached',
    (event) => (event.event === 'blocks' && event.changes.at(-1)?.[2] === CACHED ? true : undefined),
    since,
  );
  const watches = engine.events.map(watchOf).filter((watch) => watch !== undefined);
  expect(new Set(watches)).toEqual(new Set([2]));
});

it('a file is described without being watched', async () => {
  await using engine = await startEngine();
  const database = plainCatalogue('sim:', [{ path: 'a/one.bin', size: MIB + 1 }]);
  const describe = (path: string) =>
    engine.request('describeFile', { key: '0123abcd-1', database, job: 1, path });
  expect(await describe('a/one.bin')).toEqual({ id: 'a/one.bin', size: MIB + 1, blockSize: MIB });
  await expect(describe('a')).rejects.toThrow('IS_A_DIRECTORY: ');
  await expect(describe('b')).rejects.toThrow('NOT_FOUND: ');
});
