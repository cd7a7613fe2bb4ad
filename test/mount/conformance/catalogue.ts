/** A catalogue that lives: rows change, rows are bad, other programs lock it. */
import { hash } from 'node:crypto';
import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, beforeAll, afterAll, expect, test } from 'vitest';
import type { TestCatalogue } from '../../helpers/driver-catalogue.ts';
import { outcomesOf } from '../../helpers/driver-prober.ts';
import type { MountedJob } from '../../helpers/mounted-job.ts';
import { newDirectory } from '../../helpers/system.ts';
import { until } from '../../helpers/system-until.ts';
import { waitingRequests } from '../../helpers/watchdog.ts';
import { newCatalogue, type Subject } from './subject.ts';

/**
 * The kernel believes attributes for a second; the rest is a probe starting on a loaded machine, twice. A driver that never
 * looks again would not come back within any limit.
 */
const VISIBLE_LIMIT_MS = 4_000;
const PUBLISHED_AT = 1_600_000_000;
const CHANGED_AT = 1_700_000_000;

/** Fixed content, so that a file and its change have the same size. */
const before = Buffer.alloc(10_000, 'before ');
const after = Buffer.alloc(10_000, 'after ');

export function catalogueCases(subject: Subject): void {
  describe('a catalogue that changes', () => {
    let source: string;
    let catalogue: TestCatalogue;
    let mounted: MountedJob;

    const NAMES = [
      'grows',
      'rewritten',
      'open',
      'two versions',
      'deleted',
      'moved',
      'cached',
      'locked',
      'never looked up',
    ];

    beforeAll(async () => {
      source = newDirectory('changing', 0o755);
      catalogue = newCatalogue(source);
      for (const name of NAMES) {
        replaceFile(join(source, name), before, PUBLISHED_AT);
        catalogue.add({ id: name, parent: 'root', name, size: before.length, mtime: PUBLISHED_AT });
      }
      mounted = await subject.mount(catalogue.path);
    });

    afterAll(async () => {
      await mounted[Symbol.asyncDispose]();
      catalogue.database.close();
    });

    const path = (name: string): string => join(mounted.mountPoint, name);
    const update = (sql: string, ...values: readonly unknown[]): void => {
      catalogue.database.prepare(`UPDATE artifacts SET ${sql}`).run(...values);
    };

    test('a new size and time are seen about a second later', async () => {
      await subject.probe.value('stat', path('grows'));
      update('size = ?, mtime = ? WHERE id = ?', 12_345, CHANGED_AT, 'grows');
      const waited = await until('the new size', async () => {
        const { size, mtimeMs, blocks } = await subject.probe.value('stat', path('grows'));
        return size === 12_345 && mtimeMs === CHANGED_AT * 1000 && blocks === Math.ceil(12_345 / 512);
      });
      expect(waited).toBeLessThan(VISIBLE_LIMIT_MS);
    });

    test('new content is read by whoever opens the file then', async () => {
      const read = () => subject.probe.value('read', path('rewritten'), 0, before.length);
      expect((await read()).sha256).toBe(hash('sha256', before));
      replaceFile(join(source, 'rewritten'), after, CHANGED_AT);
      update('mtime = ? WHERE id = ?', CHANGED_AT, 'rewritten');
      await until('the new time', async () => {
        return (await subject.probe.value('stat', path('rewritten'))).mtimeMs === CHANGED_AT * 1000;
      });
      expect((await read()).sha256).toBe(hash('sha256', after));
    });

    test('a file that is open stays what it was, or says that it is stale', async () => {
      const gates = gatesIn(newDirectory('gates', 0o777));
      const reader = await subject.probe.start([
        'readTwice',
        path('open'),
        before.length,
        gates.opened,
        gates.go,
      ]);
      await until('the first read', () => existsSync(gates.opened));
      replaceFile(join(source, 'open'), after, CHANGED_AT);
      update('mtime = ? WHERE id = ?', CHANGED_AT, 'open');
      await until('the new time', async () => {
        return (await subject.probe.value('stat', path('open'))).mtimeMs === CHANGED_AT * 1000;
      });
      writeFileSync(gates.go, '');
      expect(await reader.exited).toEqual({ code: 0, signal: null });
      const sum = hash('sha256', before);
      expect([{ value: { first: sum, second: sum } }, { code: 'ESTALE' }]).toContainEqual(
        outcomesOf(reader.stdout())[0],
      );
    });

    test('who opens the new version never reads the old one, whoever reads that meanwhile', async () => {
      const old = gatesIn(newDirectory('gates', 0o777));
      const fresh = gatesIn(newDirectory('gates', 0o777));
      const file = path('two versions');
      const oldReader = await subject.probe.start(['readTwice', file, before.length, old.opened, old.go]);
      await until('the old version is open', () => existsSync(old.opened));
      replaceFile(join(source, 'two versions'), after, CHANGED_AT);
      update('mtime = ? WHERE id = ?', CHANGED_AT, 'two versions');
      await until('the new time', async () => {
        return (await subject.probe.value('stat', file)).mtimeMs === CHANGED_AT * 1000;
      });
      const newReader = await subject.probe.start([
        'openThenRead',
        file,
        after.length,
        fresh.opened,
        fresh.go,
      ]);
      await until('the new version is open', () => existsSync(fresh.opened));
      writeFileSync(old.go, '');
      await oldReader.exited;
      writeFileSync(fresh.go, '');
      expect(await newReader.exited).toEqual({ code: 0, signal: null });
      const sum = hash('sha256', after);
      expect(outcomesOf(newReader.stdout())).toEqual([{ value: sum }]);
      expect((await subject.probe.value('read', file, 0, after.length)).sha256).toBe(sum);
    });

    test('a catalogue locked for a moment delays an answer, no more', async () => {
      catalogue.database.exec('BEGIN EXCLUSIVE');
      const reader = await subject.probe.start(['read', path('locked'), 0, before.length]);
      await until('a request waits', async () => ((await waitingRequests(mounted.connection)) ?? 0) > 0);
      catalogue.database.exec('COMMIT');
      expect(await reader.exited).toEqual({ code: 0, signal: null });
      expect(outcomesOf(reader.stdout())).toEqual([
        { value: { length: before.length, sha256: hash('sha256', before) } },
      ]);
    });

    test('a catalogue that stays locked is EIO, and cached bytes are read all the same', async () => {
      const { opened, go } = gatesIn(newDirectory('gates', 0o777));
      const cached = await subject.probe.start(['readUntil', path('cached'), before.length, opened, go]);
      await until('the first read', () => existsSync(opened));
      catalogue.database.exec('BEGIN EXCLUSIVE');
      try {
        // Lasts longer than the kernel believes the attributes of the file that is read meanwhile.
        expect(await subject.probe.codes([['stat', path('never looked up')]])).toEqual(['EIO']);
        writeFileSync(go, '');
        expect(await cached.exited).toEqual({ code: 0, signal: null });
        const sum = hash('sha256', before);
        expect(outcomesOf(cached.stdout())).toEqual([{ value: { first: sum, others: [sum] } }]);
      } finally {
        catalogue.database.exec('COMMIT');
      }
      expect(await subject.probe.codes([['stat', path('never looked up')]])).toEqual(['OK']);
    });

    test('a deleted row is gone, a new one and a renamed one are there', async () => {
      expect(await subject.probe.codes([['stat', path('deleted')]])).toEqual(['OK']);
      catalogue.database.prepare('DELETE FROM artifacts WHERE id = ?').run('deleted');
      catalogue.add({ id: 'added', parent: 'root', name: 'added', size: 5 });
      update('name = ? WHERE id = ?', 'renamed', 'moved');
      await until('all three changes', async () => {
        const codes = await subject.probe.codes([
          ['stat', path('deleted')],
          ['stat', path('moved')],
          ['stat', path('renamed')],
          ['stat', path('added')],
        ]);
        return codes.join(' ') === 'ENOENT ENOENT OK OK';
      });
      const listed = await subject.probe.value('list', mounted.mountPoint);
      expect(listed).toEqual(
        [...NAMES.filter((name) => name !== 'deleted' && name !== 'moved'), 'added', 'renamed'].toSorted(),
      );
    });
  });
}

/** Two files by which a test and a waiting probe take turns. */
function gatesIn(directory: string): { readonly opened: string; readonly go: string } {
  return { opened: join(directory, 'opened'), go: join(directory, 'go') };
}

function replaceFile(path: string, content: Buffer, mtime: number): void {
  writeFileSync(path, content);
  utimesSync(path, mtime, mtime);
}
