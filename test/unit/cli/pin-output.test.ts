/** What `pin` and `warm` say of what they did, and the bar meanwhile. */
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { byteBarText, openByteBar } from '../../../src-main/cli/byte-bar.ts';
import { pinText } from '../../../src-main/cli/commands/pin.ts';
import { warmedText } from '../../../src-main/cli/commands/warm.ts';
import type { Pin } from '../../../src-main/ipc/contract.ts';

const MIB = 1024 ** 2;
const PIN: Pin = {
  job: '0a1b2c3d-1',
  namespace: 'a',
  name: 'survey',
  path: 'films',
  kind: 'directory',
  files: 3,
  bytes: 4 * MIB,
  cachedBytes: 4 * MIB,
  state: 'kept',
  reason: null,
};

describe('a pin', () => {
  it.each<[Partial<Pin>, string]>([
    [{}, 'films in survey: 3 files, all of 4 MiB cached'],
    [{ path: '', files: 1 }, 'all in survey: 1 file, all of 4 MiB cached'],
    [
      { state: 'fetching', cachedBytes: MIB },
      'films in survey: 3 files, 1 MiB of 4 MiB cached. The rest is fetched in the background while the job is mounted.',
    ],
    [
      { state: 'waiting', cachedBytes: 0, reason: 'Its source is away.' },
      'films in survey: 3 files, 0 B of 4 MiB cached. Its source is away.',
    ],
  ])('%j reads "%s"', (change, text) => {
    expect(pinText({ ...PIN, ...change })).toBe(text);
  });
});

describe('a warm-up', () => {
  const whole = {
    bytes: 4 * MIB,
    fetchedBytes: MIB,
    missed: 0,
    total: { files: 3, bytes: 4 * MIB },
    ended: undefined,
  };

  it('says what is there, what came, and what did not', () => {
    expect(warmedText('films', whole, 'ignored')).toBe(
      'warmed films: 3 files, all of 4 MiB cached, 1 MiB fetched',
    );
    expect(warmedText('films', { ...whole, bytes: MIB, ended: 'stopped' }, undefined)).toBe(
      'stopped films: 1 MiB of 4 MiB cached, 1 MiB fetched; what has come stays',
    );
    const part = { ...whole, bytes: MIB, ended: 'gave up' } as const;
    expect(warmedText('films', { ...part, missed: 1 }, undefined)).toBe(
      'films: 1 MiB of 4 MiB cached, 1 MiB fetched. One file did not come whole.',
    );
    expect(warmedText('films', { ...part, missed: 2 }, 'The source is away.')).toBe(
      'films: 1 MiB of 4 MiB cached, 1 MiB fetched. 2 files did not come whole: The source is away.',
    );
  });
});

describe('the bar', () => {
  it('is a share and its amounts, also of nothing', () => {
    expect(byteBarText('Fetching', MIB, 4 * MIB)).toBe(
      'Fetching [=====---------------] 25 %, 1 MiB of 4 MiB',
    );
    expect(byteBarText('Fetching', 0, 0)).toBe('Fetching [--------------------] 0 %, 0 B of 0 B');
    expect(byteBarText('Fetching', 9 * MIB, 4 * MIB)).toMatch(/\[={20}\] 100 %/);
  });

  it('is not drawn where no terminal is', () => {
    const stream = new PassThrough();
    const bar = openByteBar('Fetching', stream as unknown as NodeJS.WriteStream);
    bar.update(1, 2);
    bar.close();
    expect(stream.readableLength).toBe(0);
  });
});
