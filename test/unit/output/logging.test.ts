/** The log on standard error and in its file, and what happens when the file cannot be written. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogging } from '../../../src-main/output/logging.ts';
import type { LogLevel } from '../../../src-main/engine/log.ts';
import { GhostError } from '../../../src-main/engine/errors.ts';
import type { Logger } from '../../../src-main/engine/log.ts';

let root: string;
let directory: string;
let lines: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'orbit-ghost-logging-'));
  directory = join(root, 'state', 'orbit-ghost');
  lines = [];
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function logging(level: LogLevel = 'info'): Logger {
  return createLogging({ level, directory, write: (line) => lines.push(line) });
}

const logFile = (): string => join(directory, 'orbit-ghost.log');
const written = (): string => readFileSync(logFile(), 'utf8');

describe('the log', () => {
  it('is one line of time, level and message, the same in the file', () => {
    logging().warn('The cache is full', { bytes: 12n, cause: new Error('no room') });
    expect(lines).toEqual([
      expect.stringMatching(
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warn {2}The cache is full: \{"bytes":"12","cause":"no room"\}$/,
      ),
    ]);
    expect(written()).toBe(`${lines.join('')}\n`);
  });

  it.each([
    ['error', ['error']],
    ['warn', ['error', 'warn']],
    ['info', ['error', 'warn', 'info']],
    ['debug', ['error', 'warn', 'info', 'debug']],
  ] as const)('shows at the level %s only %j', (level, shown) => {
    const logger = logging(level);
    for (const name of ['error', 'warn', 'info', 'debug'] as const) logger[name](`m-${name}`);
    expect(lines.map((line) => line.split('m-')[1])).toEqual(shown);
  });

  it('keeps in the file what standard error is spared', () => {
    logging('error').info('quiet');
    expect(lines).toEqual([]);
    expect(written()).toContain('quiet');
  });

  it('is private, also when the file was not', () => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(logFile(), '');
    chmodSync(logFile(), 0o644);
    logging().info('x');
    expect(statSync(logFile()).mode & 0o777).toBe(0o600);
  });

  it('makes its directory private', () => {
    logging().info('x');
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it('is rotated into a private file', () => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(logFile(), 'x'.repeat(6 * 1024 * 1024));
    logging().info('after');
    expect(written()).toMatch(/^\S+ info {2}after\n$/);
    expect(statSync(logFile()).mode & 0o777).toBe(0o600);
    expect(existsSync(join(directory, 'orbit-ghost.old.log'))).toBe(true);
  });

  it('never carries a credential, nor a control sequence', () => {
    logging().error(
      'No http://ann:secret1@h/',
      new GhostError('SOURCE_REFUSED', 'http://h/?token=secret2 \x1b[2J'),
    );
    expect(lines.join('')).toContain(String.raw`No http://***@h/: http://h/?token=*** \x1b[2J`);
    expect(written()).not.toContain('secret');
    expect(written()).not.toContain('\x1b');
  });

  it('shows stacks at the level debug alone', () => {
    logging('info').error('failed', new Error('why'));
    expect(lines).toEqual([expect.stringMatching(/failed: why$/)]);
    lines = [];
    logging('debug').error('failed', new Error('why'));
    expect(lines).toEqual([expect.stringMatching(/failed: why\n {4}Error: why\n {4}at .*logging\.test/)]);
  });

  it('survives details that JSON cannot say', () => {
    const loop: { self?: unknown } = {};
    loop.self = loop;
    logging().info('loop', loop);
    expect(lines).toEqual([expect.stringContaining('loop: [object Object]')]);
  });

  it('goes on with one warning when the file cannot be written', () => {
    mkdirSync(join(directory, 'orbit-ghost.log'), { recursive: true });
    const logger = logging();
    logger.info('one');
    logger.info('two');
    expect(lines.map((line) => line.slice(25, 30))).toEqual(['warn ', 'info ', 'info ']);
    expect(lines[0]).toContain(logFile());
  });

  it('goes on with one warning when the file becomes unwritable', () => {
    const logger = logging();
    logger.info('one');
    rmSync(root, { recursive: true });
    logger.info('two');
    logger.info('three');
    expect(lines.filter((line) => line.includes('cannot be written any more'))).toHaveLength(1);
    expect(lines.filter((line) => /one$|two$|three$/.test(line))).toHaveLength(3);
  });
});
