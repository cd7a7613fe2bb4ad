/** What comes in by the screen and the control socket: a row each, with the tests that make it happen. */
import type { FaultArea } from '../fault-table.ts';

export const screen: FaultArea = {
  area: 'Screen and control',
  rows: [
    {
      fault: 'job and file names with markup, bidi, 10,000 characters',
      tests: [['ui/names.test.ts', 'shows markup, directions and 10,000 characters as text']],
    },
    {
      fault: 'unknown method, wrong types, huge or malformed frame',
      tests: [
        ['unit/ipc/dispatcher.test.ts', '%s reaches no handler'],
        ['unit/ipc/unix-socket.test.ts', '%s is refused and hung up, nothing is done, others are served'],
        [
          'unit/web/screen-sockets.test.ts',
          'such as unknown methods, topics and wrong input is answered, and goes no further',
        ],
      ],
    },
    {
      fault: 'foreign Host, Origin, missing token, every route and every verb',
      tests: [
        [
          'unit/web/screen-requests.test.ts',
          '%s is refused on every route, with and without a matching origin',
        ],
        ['unit/web/screen-requests.test.ts', '%s knows its own and no other, and none does anything alone'],
        ['unit/web/screen-requests.test.ts', 'none of %s goes on without a session'],
        ['unit/web/screen-requests.test.ts', 'what is no HTTP is refused'],
      ],
    },
    {
      fault: 'token in a log, a referrer, a process list',
      tests: [
        ['unit/web/screen-session.test.ts', 'is not read from a form, an address or a header'],
        ['unit/output/logging.test.ts', 'never carries a credential, nor a control sequence'],
      ],
    },
  ],
};
