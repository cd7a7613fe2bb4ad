/**
 * Keeps the identity of what did not change between two snapshots, so that a row whose job is the same is not rendered
 * again. Pure; for JSON values.
 */

/** `next`, with every part that equals the same part of `previous` replaced by it. */
export function shareStructure<Value>(previous: Value | undefined, next: Value): Value {
  return shared(previous, next) as Value;
}

function shared(previous: unknown, next: unknown): unknown {
  if (Object.is(previous, next)) return previous;
  if (Array.isArray(previous) && Array.isArray(next)) {
    const parts = next.map((part: unknown, index) => shared(previous[index], part));
    const same = parts.length === previous.length && parts.every((part, index) => part === previous[index]);
    return same ? previous : parts;
  }
  if (!isRecord(previous) || !isRecord(next)) return next;
  const keys = Object.keys(next);
  const parts = keys.map((key) => [key, shared(previous[key], next[key])] as const);
  const same =
    keys.length === Object.keys(previous).length && parts.every(([key, part]) => part === previous[key]);
  return same ? previous : Object.fromEntries(parts);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
