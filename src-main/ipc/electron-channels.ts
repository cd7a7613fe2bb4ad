/**
 * The channels between the app's window and its main process, and what the preload script shows the page. Both ends import
 * this file, so a channel has one name and one shape.
 */
import type { ClientMessage, ServerMessage } from './wire.ts';

export const CHANNELS = {
  /** Page to main: a ClientMessage. */
  message: 'orbit-ghost:message',
  /** Main to page: a ServerMessage. */
  answer: 'orbit-ghost:answer',
  /** Page to main: a job's key and a path in it; the system's drag begins. */
  drag: 'orbit-ghost:drag',
} as const;

/** `window.orbitGhost`, there only in the app's own window. */
export interface ScreenBridge {
  send(message: ClientMessage): void;
  /** Returns what ends it. */
  onMessage(listener: (message: ServerMessage) => void): () => void;
  /** From a `dragstart` whose default was prevented; `path` is relative to the job's root. */
  drag(job: string, path: string): void;
}
