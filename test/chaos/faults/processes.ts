/** What goes wrong with our own processes, and between them and the kernel: a row each, with the tests that make it happen. */
import type { FaultArea } from '../fault-table.ts';

const CONFORMANCE = 'mount/driver-conformance.test.ts';
const BAD_PLACE = 'mount/cli/bad-mount-point.test.ts';
const EDGES = 'chaos/session-edges.test.ts';
const GONE = 'chaos/engine-gone.test.ts';

export const processes: FaultArea = {
  area: 'Process and kernel',
  rows: [
    {
      fault: 'engine SIGKILLed, aborts, out of memory, again and again during a read',
      tests: [
        ['chaos/killed-engine.test.ts', 'by %s lets all of them go on with the right bytes'],
        [
          'chaos/killed-engine.test.ts',
          'at any moment, also while it starts or takes mounts over, lets all of them go on',
        ],
        [EDGES, 'killed while it mounts: the job is mounted once, and can be read'],
        [EDGES, 'killed while it unmounts: nothing is left, and the job can be mounted again'],
        [EDGES, 'killed while ten jobs are read: every reader goes on, every mount is the one it was'],
        [
          'chaos/waiting-reads.test.ts',
          'a read that was under way is sent again to each engine that follows, and answered once',
        ],
        ['chaos/leaks.test.ts', 'restarts leave no descriptor behind, in the supervisor or in the engine'],
      ],
    },
    {
      fault: 'engine hangs (SIGSTOP), or one of its threads',
      tests: [
        ['chaos/killed-engine.test.ts', 'by %s lets all of them go on with the right bytes'],
        [
          'mount/supervisor/hanging-engine.test.ts',
          'in the wait for a mount, where not even SIGKILL ends it, is freed by taking that mount away',
        ],
      ],
    },
    {
      fault: 'restart keeps failing',
      tests: [
        [
          GONE,
          'an engine that cannot be started any more is given up: readers are freed, the mount point too, and the reason is told',
        ],
        [
          'unit/supervisor/engine-process.test.ts',
          'never gives up one that served, and only slows down when it ends often',
        ],
      ],
    },
    {
      fault: 'INIT is never sent again; FORGETs of the dead engine are lost',
      tests: [
        [EDGES, 'killed while a thousand files are open: each handle still means its file'],
        [EDGES, 'killed in the middle of a listing of 100,000 names: each comes once'],
        [
          'unit/metadata/inode-translator.test.ts',
          'a translator that knows nothing derives nodes from the catalogue',
        ],
        ['unit/metadata/inode-translator.test.ts', 'behaves as a plain table of nodes and counts'],
      ],
    },
    {
      fault: 'a kernel that cannot send requests again',
      tests: [
        [
          GONE,
          'where no session can be kept, reads under way fail at once when the engine ends, and later ones work',
        ],
      ],
    },
    {
      fault: 'supervisor dies',
      tests: [
        [
          GONE,
          'supervisor and engine killed together: readers are freed, and the next start takes the dead mount away and mounts there',
        ],
        [
          'mount/engine-control.test.ts',
          'takes its mounts away and ends when the supervisor is gone, whoever reads',
        ],
      ],
    },
    {
      fault: 'short READ reply before the end of file',
      tests: [
        [
          'protocol/session.test.ts',
          'hands a read of uncached bytes to the event loop, cut at the end of the file, and answers one beyond it with nothing',
        ],
        [
          'protocol/session.test.ts',
          'answers EIO when the kernel refuses a reply, so that nobody waits for ever',
        ],
      ],
    },
    {
      fault: 'reader killed while its read waits',
      tests: [
        [CONFORMANCE, 'a reader killed while it waits for pages ends at once'],
        [
          'mount/acceptance/interruption.test.ts',
          'the fetches of killed readers, running or queued, are freed for the next reader',
        ],
        ['chaos/waiting-reads.test.ts', 'a reader whose read was sent again is killed: it ends at once'],
        [
          'chaos/waiting-reads.test.ts',
          'a reader that is killed while there is no engine ends with the next one',
        ],
      ],
    },
    {
      fault:
        'unmount while busy; mount point removed, not empty, no directory, no permission, no device, no fusermount3',
      tests: [
        ['mount/cli/control.test.ts', 'in use stays, and who uses it is named; by force it goes'],
        [
          EDGES,
          'killed, and its mount taken away by somebody else meanwhile: that is noticed, and nothing of theirs is touched',
        ],
        [BAD_PLACE, 'may not be a file'],
        [BAD_PLACE, 'may not hold anything'],
        [BAD_PLACE, 'is missing'],
        [BAD_PLACE, 'may not be opened'],
        [BAD_PLACE, 'needs fusermount3 to be mounted by an ordinary user'],
      ],
    },
    {
      fault: 'out of descriptors',
      tests: [
        [
          'mount/out-of-descriptors.test.ts',
          'an engine out of descriptors fails what needs one, serves what does not, answers, logs, and recovers',
        ],
      ],
    },
    {
      fault: 'garbage or truncated frames on the device',
      tests: [
        [
          'chaos/protocol-fuzz.test.ts',
          'a session survives a million frames of nonsense: one well-formed reply to each request, none to anything else',
        ],
        [
          'protocol/session.test.ts',
          'ignores frames whose length is a lie or that end inside the header, and goes on',
        ],
      ],
    },
  ],
};
