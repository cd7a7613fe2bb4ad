/** Which jobs share blocks in the cache, and which never do. */
import { expect, test } from 'vitest';
import { artifactKey, cacheNamespace } from '../../../src-main/engine/cache/artifact-key.ts';
import { blockName, cacheKey, isNamespace } from '../../../src-main/engine/cache/cache-layout.ts';

const KEY_ID = '0123456789abcdef0123456789abcdef';

test('blocks that were proven with a key are kept apart from those that were not, and from those of another key', () => {
  const plain = cacheNamespace(1, ['content']);
  const keyed = cacheNamespace(1, ['content'], KEY_ID);
  expect(keyed).not.toBe(cacheNamespace(1, ['content'], KEY_ID.replace('0', 'f')));
  // Whatever somebody writes into a catalogue without a key: its blocks are not taken for these.
  expect(keyed).not.toHaveLength(plain.length);
  for (const namespace of [plain, keyed]) {
    expect(isNamespace(namespace)).toBe(true);
    const key = artifactKey(namespace, { id: 'a', size: 1, mtime: 1 }, 65_536);
    expect(cacheKey(blockName(key, 0))).toBe(key);
  }
});
