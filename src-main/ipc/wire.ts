/**
 * What travels between a client and the program, on every transport, as one JSON object per message. `id` is the client's and
 * unique among its calls and subscriptions under way. A subscription sends its next event only after the client has
 * acknowledged the last: a client that is slow gets fewer and newer events, never a queue. Sequence numbers count from 1
 * without gaps; a client that sees one subscribes again.
 */
import { z } from 'zod';
import type { Problem } from './contract.ts';
import { count } from './shapes.ts';

export const clientMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('call'), id: count, method: z.string().max(64), input: z.unknown() }),
  z.strictObject({ type: z.literal('subscribe'), id: count, topic: z.string().max(64), input: z.unknown() }),
  z.strictObject({ type: z.literal('acknowledge'), id: count, sequence: count }),
  z.strictObject({ type: z.literal('unsubscribe'), id: count }),
]);
export type ClientMessage = z.output<typeof clientMessage>;

export type ServerMessage =
  | { readonly type: 'result'; readonly id: number; readonly output: unknown }
  /** Ends a call, or a subscription that cannot go on. */
  | { readonly type: 'error'; readonly id: number; readonly error: Problem }
  | { readonly type: 'event'; readonly id: number; readonly sequence: number; readonly event: unknown }
  /** A message that made no sense; the connection ends. */
  | { readonly type: 'refused'; readonly sentence: string };
