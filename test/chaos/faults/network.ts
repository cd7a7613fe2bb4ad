/** What goes wrong on the way to a source: a row each, with the tests that make it happen. */
import type { FaultArea } from '../fault-table.ts';

const HTTP = 'unit/wormhole/sources';
const WORMHOLE = 'unit/wormhole/wormhole.test.ts';
const OFFLINE = 'mount/offline.test.ts';
const RENEWAL = 'unit/wormhole/renewal.test.ts';
const BAD_CATALOGUE = 'mount/cli/bad-catalogue.test.ts';

export const network: FaultArea = {
  area: 'Network',
  rows: [
    {
      fault: 'no network, sleep, another network',
      tests: [
        [
          OFFLINE,
          'serves what is cached, is well by itself when there is one, and loses no read to a change of it',
        ],
        ['unit/wormhole/link-watch.test.ts', 'wakes within two seconds of sleep, once'],
        ['unit/wormhole/link-watch.test.ts', 'notices other addresses, and none, each change once'],
        [RENEWAL, 'are not used again: the next read comes over a new one, and waits for nothing'],
        [RENEWAL, 'cost a read that was under way two seconds, and not the bytes that had come'],
        [RENEWAL, 'gets his block when it is back, up to twenty seconds later'],
        [
          RENEWAL,
          'that is gone with the network is told to be away without a reader, and to be back within seconds',
        ],
      ],
    },
    {
      fault: 'refused, DNS, TLS failure',
      tests: [
        [
          OFFLINE,
          'serves what is cached, refuses the rest in time, and serves that too once the source is there',
        ],
        [OFFLINE, 'does so when its name is not known either'],
        [
          'mount/sources.test.ts',
          'is told, leaves what is cached readable, and is told to be back without anybody reading',
        ],
        [BAD_CATALOGUE, 'comes up while its source is away, and uncached reads fail with EIO in time'],
        [`${HTTP}/http-silence.test.ts`, 'says that nothing listens'],
        [`${HTTP}/http-silence.test.ts`, 'says that the name is not known'],
        [`${HTTP}/http-redirects.test.ts`, 'refuses a certificate that is %s, and sends nothing'],
      ],
    },
    {
      fault: 'reset or truncated body',
      tests: [
        ['unit/wormhole/http-recovery.test.ts', '%s is resumed from its last good byte, of the same version'],
        [
          'unit/wormhole/http-recovery.test.ts',
          '%s and followed by nothing is a failure, and no part of a block comes out',
        ],
        [
          `${HTTP}/http-faults.test.ts`,
          'resumes from the last good byte of a body that is cut again and again',
        ],
        [WORMHOLE, 'counts a body that ends early as cut, although the source calls it a success'],
        [WORMHOLE, 'takes nothing from a source that sends more than it was asked for'],
      ],
    },
    {
      fault: 'black hole, one byte a second',
      tests: [
        [`${HTTP}/http-silence.test.ts`, 'is given up and hung up 10 s after the last byte: %s'],
        [
          'unit/entangler/slow-sources.test.ts',
          'does not keep a prefetched block from its reader: another source is asked in time',
        ],
        [
          'mount/acceptance/promises.test.ts',
          'a read that cannot be answered in time ends with ETIMEDOUT when --deadline has passed',
        ],
        ['mount/acceptance/interruption.test.ts', 'a reader killed while its read waits ends at once'],
      ],
    },
    {
      fault: 'wrong Content-Range; 200 instead of 206',
      tests: [
        [`${HTTP}/http-faults.test.ts`, 'answers %s with a sentence, and then serves again'],
        [`${HTTP}/http-versions.test.ts`, 'takes the beginning and hangs up'],
        [`${HTTP}/http-versions.test.ts`, 'skips up to 4 MiB'],
        [`${HTTP}/http-versions.test.ts`, 'refuses to skip more'],
      ],
    },
    {
      fault: '404, 403, 401, 412, 416',
      tests: [
        [BAD_CATALOGUE, 'fails a read with EIO when the source has %s in its place'],
        ['mount/sources.test.ts', 'with %d is asked once per read, and needs a person until it delivers'],
        [`${HTTP}/http-faults.test.ts`, 'answers %s with a sentence, and then serves again'],
        [
          'mount/changed-object.test.ts',
          'is stale to who has it open when the server answers 412, and new to who opens it once the catalogue says so',
        ],
        [`${HTTP}/source-contract.test.ts`, 'notices that the object changed after the first read'],
      ],
    },
    {
      fault: '429, 503 with Retry-After',
      tests: [
        [
          'unit/wormhole/http-recovery.test.ts',
          'and says Retry-After: %s is left alone by all mounts, for two minutes at most',
        ],
        [`${HTTP}/http-versions.test.ts`, 'tells the caller and asks nothing until then: %i'],
        [`${HTTP}/http-versions.test.ts`, 'is left alone by every other source on the same host too'],
        [`${HTTP}/retry-after.test.ts`, 'keeps the longest wish of each host until it has passed'],
      ],
    },
    {
      fault: 'flipped bytes, stale replay',
      tests: [
        [
          'unit/wormhole/http-recovery.test.ts',
          'is found out by the digest, and another source serves the block',
        ],
        [WORMHOLE, 'a corrupt block is fetched again, whole, from the next source'],
        [
          'mount/acceptance/promises.test.ts',
          'a block that does not match its digest is an I/O error and gives no byte; its neighbours are read',
        ],
        ['mount/engine-control.test.ts', 'shows a corrupt block, and says what is wrong with its file'],
      ],
    },
    {
      fault: 'redirect to another host or to http',
      tests: [
        [`${HTTP}/http-redirects.test.ts`, 'keeps its credentials from another origin, also on the way back'],
        [`${HTTP}/http-redirects.test.ts`, 'follows five redirects and no sixth'],
        [
          `${HTTP}/http-redirects.test.ts`,
          'refuses to leave an encrypted connection for a plain one, and hides the secrets of the target',
        ],
      ],
    },
  ],
};
