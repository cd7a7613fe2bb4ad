/** What the checks of the set-up say of the engine and of catalogues at each moment. */
import { expect, test } from 'vitest';
import type { CatalogueState } from '../../../src-main/supervisor/catalogues.ts';
import { engineCheck } from '../../../src-main/supervisor/doctor/program-checks.ts';
import { catalogueChecks, setupCheck } from '../../../src-main/supervisor/setup-checks.ts';

const reason = 'The engine was killed (SIGKILL); it is started again in 1 s.';

test.each([
  ['running', null, true, 'The engine runs.'],
  ['starting', null, false, 'The engine is starting; check again in a moment.'],
  ['restarting', null, false, 'The engine is starting again; check again in a moment.'],
  ['restarting', reason, false, reason],
  ['failed', 'It does not start.', false, 'It does not start.'],
  ['stopping', null, false, 'The engine is ending.'],
] as const)('an engine that is %s is called that', (state, sentence, ok, said) => {
  expect(setupCheck(engineCheck({ state, sentence, since: 0, restarts: 0 }))).toEqual({
    name: 'Engine',
    ok,
    sentence: said,
  });
});

test('a catalogue is called readable when it was read, and not before', () => {
  const catalogue: CatalogueState = {
    catalogue: '/a.db',
    database: '/a.db',
    jobs: [],
    problem: undefined,
    isRead: true,
    writable: true,
  };
  const problem = { code: 'CATALOGUE_BUSY', sentence: 'It is locked' };
  const checks = catalogueChecks([catalogue, { ...catalogue, isRead: false }, { ...catalogue, problem }]).map(
    setupCheck,
  );
  expect(checks.map(({ ok, sentence }) => [ok, sentence])).toEqual([
    [true, '/a.db can be read.'],
    [false, '/a.db has not been read yet; that takes a running engine.'],
    [false, '/a.db: It is locked.'],
  ]);
  expect(catalogueChecks([]).map(setupCheck)).toMatchObject([{ ok: false }]);
});
