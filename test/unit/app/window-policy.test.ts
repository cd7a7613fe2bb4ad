/** What closing, clicking and starting mean, and how it is known whether a tray icon can bring the window back. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isTrayShown, saysYes } from '../../../src-main/app/tray-host.ts';
import { clickMeans, closeMeans, opensAtStart } from '../../../src-main/app/window-policy.ts';

describe('closing the window', () => {
  it('hides it only where a tray icon brings it back', () => {
    for (const quitting of [true, false]) {
      for (const jobsMounted of [0, 1]) {
        expect(closeMeans({ quitting, trayShown: false, jobsMounted })).not.toBe('hide');
      }
    }
    expect(closeMeans({ quitting: false, trayShown: true, jobsMounted: 0 })).toBe('hide');
  });

  it('ends the app where there is no tray, and asks first when that would unmount something', () => {
    expect(closeMeans({ quitting: false, trayShown: false, jobsMounted: 0 })).toBe('quit');
    expect(closeMeans({ quitting: false, trayShown: false, jobsMounted: 1 })).toBe('ask');
  });

  it('closes on the way out', () => {
    expect(closeMeans({ quitting: true, trayShown: true, jobsMounted: 1 })).toBe('close');
  });
});

describe('clicking the icon', () => {
  it.each([
    [{ visible: false, minimised: false, focused: false }, 'show'],
    [{ visible: true, minimised: false, focused: false }, 'show'],
    [{ visible: true, minimised: true, focused: false }, 'show'],
    [{ visible: true, minimised: false, focused: true }, 'hide'],
  ] as const)('%o: %s', (looks, means) => {
    expect(clickMeans(looks)).toBe(means);
  });
});

describe('starting', () => {
  it('stays in the tray only at log-in, with a tray, and once set up', () => {
    expect(opensAtStart({ atLogin: true, trayShown: true, firstRun: false })).toBe(false);
    expect(opensAtStart({ atLogin: true, trayShown: false, firstRun: false })).toBe(true);
    expect(opensAtStart({ atLogin: true, trayShown: true, firstRun: true })).toBe(true);
    expect(opensAtStart({ atLogin: false, trayShown: true, firstRun: false })).toBe(true);
  });
});

describe('a tray host', () => {
  let place: string;

  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'tray-host-'));
  });

  afterEach(() => {
    rmSync(place, { recursive: true, force: true });
  });

  /** A stand-in for a program that asks the session bus. */
  function command(name: string, body: string): void {
    const path = join(place, name);
    writeFileSync(path, `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o755);
  }

  const shown = (): Promise<boolean> => isTrayShown('linux', { PATH: place });

  it.each([
    ['busctl', 'echo "b true"'],
    ['gdbus', 'echo "(<true>,)"'],
    ['dbus-send', 'echo "   variant       boolean true"'],
  ])('is found with %s', async (name, body) => {
    command(name, body);
    expect(await shown()).toBe(true);
  });

  it('is not there without a clear yes', async () => {
    expect(await shown()).toBe(false);
    command('busctl', 'echo "b true"; exit 1');
    command('gdbus', 'echo "(<false>,)"');
    command('dbus-send', 'echo "Error: the name is not activatable, true story" >&2');
    expect(await shown()).toBe(false);
  });

  it('is part of the other systems', async () => {
    expect(await isTrayShown('darwin', {})).toBe(true);
    expect(await isTrayShown('win32', {})).toBe(true);
  });

  it.each(['', 'b false', '(<false>,)', 'true', 'variant boolean truethful', 's "true"'])(
    'is not told by %j',
    (answer) => {
      expect(saysYes(answer)).toBe(false);
    },
  );
});
