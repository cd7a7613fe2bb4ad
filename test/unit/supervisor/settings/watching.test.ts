/** A file that somebody changes while the program runs. */
import { renameSync, rmSync, writeFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { until } from '../../../helpers/system-until.ts';
import { VirtualClock } from '../../../helpers/virtual-clock.ts';
import type { SettingsStore } from '../../../../src-main/supervisor/settings/settings.ts';
import { settingsFile } from './settings-fixture.ts';

/** Lets the burst of changes end; the news of it come from the kernel. */
async function settled(clock: VirtualClock): Promise<void> {
  await until('the change is noticed', () => clock.pending > 0);
  await clock.advance(1_000);
}

function transfersOf(settings: SettingsStore): readonly number[] {
  const seen: number[] = [];
  settings.onChange(({ transfers }) => seen.push(transfers));
  return seen;
}

it('is read again, once for a burst, whether an editor writes it, replaces it or makes it', async () => {
  const { open, write, file } = settingsFile();
  const clock = new VirtualClock();
  const settings = open({ clock });
  const seen = transfersOf(settings);
  write('transfers = 5\n');
  write('transfers = 6\n');
  await settled(clock);
  expect(seen).toEqual([6]);
  writeFileSync(`${file}.new`, 'transfers = 7\n');
  renameSync(`${file}.new`, file);
  await settled(clock);
  expect(seen).toEqual([6, 7]);
  rmSync(file);
  await settled(clock);
  expect(seen).toEqual([6, 7, 8]);
});

it('behind a symbolic link, too', async () => {
  const { open, home, file } = settingsFile();
  const target = join(home, 'elsewhere', 'mine.toml');
  mkdirSync(dirname(target));
  mkdirSync(dirname(file));
  writeFileSync(target, '');
  symlinkSync(target, file);
  const clock = new VirtualClock();
  const seen = transfersOf(open({ clock }));
  writeFileSync(target, 'transfers = 5\n');
  await settled(clock);
  expect(seen).toEqual([5]);
});

it('goes on with what was set before while it is broken, and says so', async () => {
  const { open, write } = settingsFile('transfers = 5\n');
  const clock = new VirtualClock();
  const settings = open({ clock });
  const seen = transfersOf(settings);
  write('transfers = \n');
  await settled(clock);
  expect(settings.problem).toMatch(
    /line 1, column \d+: .*; what was set before applies until that is mended\.$/,
  );
  expect(seen).toEqual([5]);
  write('transfers = 6\n');
  await settled(clock);
  expect(settings.problem).toBeUndefined();
  expect(seen).toEqual([5, 6]);
});

it('goes on with what was set before for a value that becomes wrong, and applies the rest', async () => {
  const { open, write, file } = settingsFile('[cache]\nlimit = "900GiB"\n');
  const clock = new VirtualClock();
  const settings = open({ clock });
  for (const transfers of [5, 6]) {
    write(`transfers = ${transfers}\n[cache]\nlimit = "900GiBB"\n`);
    await settled(clock);
    expect(settings.values).toMatchObject({ transfers, cacheLimitBytes: 900 * 1024 ** 3 });
  }
  expect(settings.problem).toMatch(
    new RegExp(
      `^${file}, line 3: cache.limit is "900GiBB", but .*; what was set before, "900GiB", applies\\.$`,
    ),
  );
  write('');
  await settled(clock);
  expect(settings.values).toMatchObject({ transfers: 8, cacheLimitBytes: 20 * 1024 ** 3 });
});

it('loses no change an editor made just before one on the screen', async () => {
  const { open, write, read } = settingsFile('transfers = 5\n');
  const settings = open({ clock: new VirtualClock() });
  write('transfers = 5\ntheme = "dark"\n');
  await settings.set({ transfers: 6 });
  expect(read()).toBe('transfers = 6\ntheme = "dark"\n');
  expect(settings.values).toMatchObject({ transfers: 6, theme: 'dark' });
});

it('tells listeners of a change made here, once, and no longer after they left', async () => {
  const { open } = settingsFile();
  const clock = new VirtualClock();
  const settings = open({ clock });
  const seen: number[] = [];
  const leave = settings.onChange(({ transfers }) => seen.push(transfers));
  await settings.set({ transfers: 6 });
  await settled(clock);
  expect(seen).toEqual([6]);
  leave();
  await settings.set({ transfers: 7 });
  expect(seen).toEqual([6]);
});
