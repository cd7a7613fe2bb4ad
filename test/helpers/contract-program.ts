/**
 * The smallest program behind a real Dispatcher: handlers that remember what was called, one topic that changes when told.
 * For tests of what carries the contract, not of what it does.
 */
import type { Clock } from '../../src-main/engine/clock.ts';
import { systemClock } from '../../src-main/engine/clock.ts';
import { GhostError } from '../../src-main/engine/errors.ts';
import { silentLogger } from '../../src-main/engine/log.ts';
import { METHODS, TOPICS, type MethodName } from '../../src-main/ipc/contract.ts';
import { Dispatcher, type Caller, type Handlers, type Topics } from '../../src-main/ipc/dispatcher.ts';

export interface ContractProgram {
  readonly dispatcher: Dispatcher;
  /** Names of the methods that reached a handler, in order. */
  readonly calls: MethodName[];
  /** Who called, in the same order. */
  readonly callers: Caller[];
  /** Subscriptions that are open. */
  readonly open: () => number;
  /** Says that the topic has something new. */
  readonly change: () => void;
}

interface ProgramOptions {
  /** What each call answers; a promise that never settles is a call that takes long. */
  readonly answer?: (method: MethodName, input: unknown) => unknown;
  /** The event of every topic. */
  readonly event?: () => unknown;
  readonly clock?: Clock;
}

export const NEAR: Caller = {
  near: true,
  can: { reveal: true, drag: false, download: false, choose: false },
};

export function contractProgram({
  answer = standardAnswer,
  event = () => ({ lines: [] }),
  clock = systemClock,
}: ProgramOptions = {}): ContractProgram {
  const calls: MethodName[] = [];
  const callers: Caller[] = [];
  const listeners = new Set<() => void>();
  const handlers = Object.fromEntries(
    (Object.keys(METHODS) as MethodName[]).map((name) => [
      name,
      async (input: unknown, caller: Caller) => {
        calls.push(name);
        callers.push(caller);
        return await answer(name, input);
      },
    ]),
  ) as unknown as Handlers;
  const topics = Object.fromEntries(
    Object.keys(TOPICS).map((name) => [
      name,
      (_input: unknown, changed: () => void) => {
        listeners.add(changed);
        return Promise.resolve({ next: event, close: () => void listeners.delete(changed) });
      },
    ]),
  ) as unknown as Topics;
  return {
    dispatcher: new Dispatcher({ handlers, topics, logger: silentLogger, clock }),
    calls,
    callers,
    open: () => listeners.size,
    change: () => {
      for (const changed of listeners) changed();
    },
  };
}

function standardAnswer(method: MethodName): unknown {
  if (method === 'app.info') {
    return { version: '1', contract: 1, pid: process.pid, can: NEAR.can, screen: null };
  }
  if (method === 'catalogues.refresh') throw new GhostError('CATALOGUE_BUSY', 'The catalogue is busy.');
  return {};
}
