import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GhostError } from '../../../../src-main/engine/errors.ts';
import { openSource } from '../../../../src-main/engine/wormhole/sources/open-source.ts';
import type { SourceOptions } from '../../../../src-main/engine/wormhole/sources/source-options.ts';

function refusal(uri: string, options?: SourceOptions): GhostError {
  try {
    openSource(uri, options);
  } catch (error) {
    if (error instanceof GhostError) return error;
    throw error;
  }
  throw new Error(`${uri} was accepted`);
}

describe('openSource', () => {
  it.each([
    ['/no/such/place', '/no/such/place'],
    ['relative', resolve('relative')],
    ['./a:b', resolve('a:b')],
    ['file:///no/such%20place', '/no/such place'],
    ['file:/no/such', '/no/such'],
    ['http://no.such.host.invalid/a/', 'http://no.such.host.invalid/a/'],
    ['HTTP://no.such.host.invalid', 'http://no.such.host.invalid/'],
    ['http://user:secret@host:8080/a?token=secret', 'http://host:8080/a?...'],
    ['http://host/a@b', 'http://host/a@b'],
    ['https://host', 'https://host/'],
    ['sim:', 'sim:'],
    ['sim:?seed=9', 'sim:?seed=9'],
    ['sim://?seed=9', 'sim://?seed=9'],
  ])('opens %s without looking for it', async (uri, label) => {
    const source = openSource(uri);
    expect(source.label).toBe(label);
    await source.close();
  });

  it.each([
    ['', 'is empty'],
    ['ftp://host/x', 'file:, http:, https:, sim:'],
    ['a:b', 'write ./name for a path with a colon'],
    ['file:relative', 'file:///absolute/path'],
    ['file://elsewhere/x', 'names no local path'],
    ['file:///a%2Fb', 'names no local path'],
    ['file:///a?b', '%3F'],
    ['a\0b', 'NUL'],
    ['http:host', 'http://host/path'],
    ['http://', 'http://host/path'],
    ['http://host:99999/', 'http://host/path'],
    ['http://host/a#b', '%23'],
    ['http://us%er@host/', '%25'],
    ['sim:seed=1', 'sim:?seed=1&latency='],
    ['sim:?sead=1', 'unknown option "sead"; known are seed, latency, bandwidth, error-rate'],
    ['sim:?seed=1&seed=2', 'twice'],
    ['sim:?seed=-1', 'whole number'],
    ['sim:?seed=1e99', 'whole number'],
    ['sim:?latency=fast', '250ms or 1.5s'],
    ['sim:?latency=2d', '250ms or 1.5s'],
    ['sim:?latency=1000000s', 'at most a day'],
    ['sim:?bandwidth=0', '50MB/s'],
    ['sim:?bandwidth=much', '50MB/s'],
    ['sim:?error-rate=1.1', 'from 0 to 1'],
    ['sim:?error-rate=', 'from 0 to 1'],
  ])('refuses %j with a sentence', (uri, hint) => {
    const error = refusal(uri);
    expect(error.code).toBe('SOURCE_INVALID');
    expect(error.message).toContain(hint);
  });

  it.each([
    'http://user:hunter2@host:99999/',
    'http://user:hun/ter2@host/',
    'http://user:hunter2%zz@host/',
    's3://key:hunter2@bucket/x?signature=hunter2',
    's3:key:hunter2@bucket',
    'http://host:99999/?token=hunter2',
  ])('hides the secrets of %s', (uri) => {
    const error = refusal(uri);
    expect(error.message).not.toMatch(/hun|ter2/);
    expect(JSON.stringify(error.context)).not.toMatch(/hun|ter2/);
  });

  it.each([
    [{ connections: 0 }, 'connections'],
    [{ connections: 1.5 }, 'connections'],
    [{ connectTimeoutMs: 2 ** 31 }, 'connectTimeoutMs'],
  ])('refuses the options %j', (options, name) => {
    const error = refusal('http://host/', options);
    expect(error.code).toBe('SOURCE_INVALID');
    expect(error.message).toContain(name);
  });
});
