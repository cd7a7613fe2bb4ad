/** Reads what arrives as a message of the contract. What is none is ignored: it cannot be answered and must not throw. */
import type { ServerMessage } from '../../src-main/ipc/wire.ts';

export function parseServerMessage(text: string): ServerMessage | undefined {
  try {
    return asServerMessage(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function asServerMessage(value: unknown): ServerMessage | undefined {
  if (!isRecord(value)) return undefined;
  const { type, id, sequence, error } = value;
  if (type === 'refused') return value as ServerMessage;
  if (typeof id !== 'number') return undefined;
  if (type === 'result') return value as ServerMessage;
  if (type === 'event') return typeof sequence === 'number' ? (value as ServerMessage) : undefined;
  if (type === 'error')
    return isRecord(error) && typeof error['sentence'] === 'string' ? (value as ServerMessage) : undefined;
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
