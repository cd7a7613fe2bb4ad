/**
 * The last check of a catalogue's names before they become part of a path or a URL. Invariant: what passes cannot name
 * anything above the source's root by spelling alone.
 */
import type { RangeTransfer } from './range-transfer.ts';

/** The object's names, or SOURCE_REFUSED when one of them could leave the tree. */
export function checkedPath(transfer: RangeTransfer): readonly string[] {
  const { path } = transfer.object;
  const bad = path.find((name) => name === '' || name === '.' || name === '..' || /[/\0]/.test(name));
  if (bad === undefined) return path;
  throw transfer.failure('SOURCE_REFUSED', `the name ${JSON.stringify(bad)} cannot be part of a path`);
}
