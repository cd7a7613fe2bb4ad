/** The log follows the settings of the running program, which are the real ones of a file here. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogLevel } from '../../../src-main/engine/log.ts';
import { createSettingsLog } from '../../../src-main/output/settings-log.ts';
import { openSettings, type SettingsStore } from '../../../src-main/supervisor/settings/settings.ts';

let root: string;
let file: string;
let lines: string[];
let settings: SettingsStore | undefined;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'orbit-ghost-settings-log-'));
  file = join(root, 'config', 'config.toml');
  mkdirSync(dirname(file));
  lines = [];
});

afterEach(() => {
  settings?.close();
  rmSync(root, { recursive: true, force: true });
});

function open(text: string, level?: LogLevel) {
  writeFileSync(file, text);
  const place = (name: string): string => join(root, name);
  const directories = {
    data: place('data'),
    cache: place('cache'),
    state: place('state'),
    config: place('config'),
  };
  settings = openSettings({ file, env: {}, overrides: {}, directories });
  const write = (line: string): number => lines.push(line);
  return {
    settings,
    logger: createSettingsLog({ settings, level, directory: directories.state, write }),
    logged: () => readFileSync(join(directories.state, 'orbit-ghost.log'), 'utf8'),
  };
}

describe('the log of a running program', () => {
  it('changes its level with the settings, at once', async () => {
    const { settings, logger } = open('');
    logger.debug('early');
    await settings.set({ 'log-level': 'debug' });
    logger.debug('told');
    await settings.set({ 'log-level': 'error' });
    logger.warn('late');
    expect(lines.map((line) => line.slice(25))).toEqual(['debug told']);
  });

  it('keeps a level that stands above the settings', async () => {
    const { settings, logger } = open('', 'warn');
    await settings.set({ 'log-level': 'debug' });
    logger.info('told to nobody');
    expect(lines).toEqual([]);
  });

  it('says what is wrong with the settings: at the start, and each new complaint once', async () => {
    const { settings, logged } = open('log-level = "loud"\n');
    expect(lines).toEqual([expect.stringContaining(`${file}, line 1`)]);
    expect(logged()).toContain('log-level');
    await settings.set({ theme: 'dark' });
    expect(lines).toHaveLength(1);
  });
});
