/** What goes wrong on the way to a source: a row each, with the tests that make it happen. */
import type { FaultArea } from '../fault-table.ts';

const HTTP = 'unit/wormhole/sources';
const WORMHOLE = 'unit/wormhole/wormhole.test.ts';
const BAD_CATALOGUE = 'mount/cli/bad-catalogue.test.ts';

export const network: FaultArea = {
  area: 'Network',
  rows: [
    {
      fault: 'refused, DNS, TLS failure',
      tests: [
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
        [`${HTTP}/http-versions.test.ts`, 'refuses to skip more'],
      ],
    },
    {
      fault: '404, 403, 401, 412, 416',
      tests: [
        [BAD_CATALOGUE, 'fails a read with EIO when the source has %s in its place'],
        ['mount/sources.test.ts', 'with %d is asked once per read, and needs a person until it delivers'],
        [`${HTTP}/source-contract.test.ts`, 'notices that the object changed after the first read'],
      ],
    },
    {
      fault: '429, 503 with Retry-After',
      tests: [
        [
          'unit/wormhole/http-recovery.test.ts',
          'and says Retry-After: %s is left alone by all mounts, and asked again within half a minute',
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
      ],
    },
    {
      fault: 'redirect to another host or to http',
      tests: [
        [`${HTTP}/http-redirects.test.ts`, 'keeps its credentials from another origin, also on the way back'],
        [
          `${HTTP}/http-redirects.test.ts`,
          'refuses to leave an encrypted connection for a plain one, and hides the secrets of the target',
        ],
      ],
    },
  ],
};
