/** Nobody waits for ever: readers that are killed, mounts that are taken away by us or by others. */
import { constants, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Child } from '../../helpers/child.ts';
import { outcomesOf } from '../../helpers/driver-prober.ts';
import type { MountedJob } from '../../helpers/mounted-job.ts';
import { newDirectory } from '../../helpers/system.ts';
import { until } from '../../helpers/system-until.ts';
import { assertNoDState, mountAt, waitingRequests } from '../../helpers/watchdog.ts';
import { isRoot } from '../../helpers/driver-targets.ts';
import { runOk } from '../../helpers/child.ts';
import { BLOCK_BYTES, newCatalogue, type Subject } from './subject.ts';

const FILES = 10;
const FILE_BYTES = 4 * BLOCK_BYTES;
/** Longer than any test. */
/** Many times the period of the signals that fall into the wait. */
const SIGNALLED_MS = 400;
const NEVER = 'sim:?latency=3600s';
/** Long enough to tell a reader that ended by itself from one that had to wait for its block. */
const LATE_MS = 3_000;
const AT_ONCE_MS = 1_000;

export function endingCases(subject: Subject): void {
  async function mountSimulated(source: string): Promise<MountedJob> {
    const catalogue = newCatalogue(source);
    for (let index = 0; index < FILES; index += 1) {
      const name = `file ${String(index)}`;
      catalogue.add({ id: name, parent: 'root', name, size: FILE_BYTES });
    }
    catalogue.database.close();
    return await subject.mount(catalogue.path);
  }

  async function waiting(mounted: MountedJob, count: number): Promise<void> {
    await until(
      `${String(count)} requests wait`,
      async () => ((await waitingRequests(mounted.connection)) ?? 0) >= count,
    );
  }

  /**
   * A reader that is in its read. With O_DIRECT it waits for that request; without, for pages that read-ahead has asked for.
   */
  async function waitingReader(mounted: MountedJob, index: number, flags: number): Promise<Child> {
    const opened = join(newDirectory('gates', 0o777), 'opened');
    const file = join(mounted.mountPoint, `file ${String(index)}`);
    const reader = await subject.probe.start(['readMarked', file, flags, FILE_BYTES, opened]);
    await until('the file is open', () => existsSync(opened));
    return reader;
  }

  test('a reader killed while it waits for its request', async () => {
    const mounted = await mountSimulated(`sim:?latency=${String(LATE_MS)}ms`);
    const reader = await waitingReader(mounted, 0, constants.O_DIRECT);
    await waiting(mounted, 1);
    const killed = performance.now();
    reader.signal('SIGKILL');
    expect(await reader.exited).toEqual({ code: null, signal: 'SIGKILL' });
    // Otherwise its request has to be answered first, unless nobody had begun with it.
    const limit = subject.target.nature.interruptible ? AT_ONCE_MS : LATE_MS + AT_ONCE_MS;
    expect(performance.now() - killed).toBeLessThan(limit);
    await assertNoDState();
    expect(await mounted.unmount()).toEqual({ code: 0, signal: null });
  });

  test('a reader killed while it waits for pages ends at once', async () => {
    const mounted = await mountSimulated(NEVER);
    const reader = await waitingReader(mounted, 0, 0);
    await waiting(mounted, 1);
    const killed = performance.now();
    reader.signal('SIGKILL');
    expect(await reader.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(performance.now() - killed).toBeLessThan(AT_ONCE_MS);
    expect(await mounted.unmount()).toEqual({ code: 0, signal: null });
  });

  test('a reader goes on waiting through signals that it handles', async () => {
    const mounted = await mountSimulated(`sim:?latency=${String(SIGNALLED_MS)}ms`);
    const signalled =
      '$SIG{ALRM} = sub {}; setitimer(ITIMER_REAL, 0.02, 0.02); open(my $file, "<", $ARGV[0]) or die $!;' +
      'my $read = sysread($file, my $bytes, 4096) // $!;' +
      // A signal while the interpreter is taken apart finds no handler any more.
      'setitimer(ITIMER_REAL, 0); print $read';
    const file = join(mounted.mountPoint, 'file 0');
    const reader = await subject.probe.spawn(
      'perl',
      '-MTime::HiRes=setitimer,ITIMER_REAL',
      '-e',
      signalled,
      file,
    );
    expect(await reader.exited).toEqual({ code: 0, signal: null });
    expect(reader.stdout().trim()).toBe('4096');
    expect(mounted.stderr()).not.toContain('failed');
    await mounted.unmount();
  });

  test('unmounting frees everybody who waits and leaves nothing behind', async () => {
    const mounted = await mountSimulated(NEVER);
    const readers = await Promise.all(
      Array.from({ length: FILES }, (_, index) =>
        waitingReader(mounted, index, index % 2 === 0 ? constants.O_DIRECT : 0),
      ),
    );
    await waiting(mounted, FILES);
    expect(await mounted.unmount()).toEqual({ code: 0, signal: null });
    for (const reader of readers) {
      expect(await reader.exited).toEqual({ code: 0, signal: null });
      expect(['ENOTCONN', 'ECONNABORTED', 'EIO']).toContain(
        (outcomesOf(reader.stdout())[0] as { code: string }).code,
      );
    }
    expect(mountAt(mounted.mountPoint)).toBeUndefined();
    await assertNoDState();
  });

  test('unmounted by somebody else, the process ends with success', async () => {
    const mounted = await mountSimulated('sim:?latency=0');
    await subject.probe.value('list', mounted.mountPoint);
    await lazyUnmount(mounted);
    expect(await mounted.process.exited).toEqual({ code: 0, signal: null });
  });

  test('unmounted by somebody else while a file is open, it serves that file to its end first', async () => {
    const mounted = await mountSimulated('sim:?latency=0');
    const directory = newDirectory('gates', 0o777);
    const [opened, go] = [join(directory, 'opened'), join(directory, 'go')];
    const file = join(mounted.mountPoint, 'file 0');
    const reader = await subject.probe.start(['readTwice', file, FILE_BYTES, opened, go]);
    await until('the file is open', () => existsSync(opened));
    await lazyUnmount(mounted);
    expect(mountAt(mounted.mountPoint)).toBeUndefined();
    writeFileSync(go, '');
    expect(await reader.exited).toEqual({ code: 0, signal: null });
    const [outcome] = outcomesOf(reader.stdout());
    const { first, second } = (
      outcome as { readonly value: { readonly first: string; readonly second: string } }
    ).value;
    expect(second).toBe(first);
    expect(await mounted.process.exited).toEqual({ code: 0, signal: null });
  });

  test('a connection that somebody aborts ends the process and leaves no dead mount', async () => {
    const mounted = await mountSimulated('sim:?latency=0');
    await subject.probe.value('list', mounted.mountPoint);
    // Asking makes the kernel's table of connections visible where nobody did so before.
    expect(await waitingRequests(mounted.connection)).toBe(0);
    writeFileSync(`/sys/fs/fuse/connections/${String(mounted.connection)}/abort`, '1');
    expect(await mounted.process.exited).toEqual({ code: 0, signal: null });
    expect(mountAt(mounted.mountPoint)).toBeUndefined();
  });

  async function lazyUnmount({ mountPoint }: MountedJob): Promise<void> {
    if (isRoot) await runOk('umount', ['-l', mountPoint]);
    else await runOk('fusermount3', ['-u', '-z', mountPoint]);
  }
}
