/** What arrives is a message of the contract or is ignored; it never throws. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { asServerMessage, parseServerMessage } from '../../../../src-renderer/bridge/server-message.ts';

it.each([
  { type: 'result', id: 1, output: {} },
  { type: 'error', id: 1, error: { code: 'X', sentence: 'Y' } },
  { type: 'event', id: 1, sequence: 1, event: {} },
  { type: 'refused', sentence: 'no' },
])('takes $type', (message) => {
  expect(parseServerMessage(JSON.stringify(message))).toEqual(message);
});

it.each([
  null,
  1,
  'text',
  {},
  { type: 'result' },
  { type: 'event', id: 1 },
  { type: 'error', id: 1 },
  { type: 'x', id: 1 },
])('ignores %j', (value) => {
  expect(asServerMessage(value)).toBeUndefined();
});

it('throws for no text', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseServerMessage(text)));
  fc.assert(fc.property(fc.json(), (text) => void parseServerMessage(text)));
});
