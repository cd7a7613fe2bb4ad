/**
 * What stands behind the contract: the types of everything that answers a method or feeds a topic. Nothing runs here; the
 * dispatcher calls these, the supervisor provides them, and a compiler error names the method that has no handler.
 */
import type { z } from 'zod';
import type { MethodName, METHODS, Output, TopicEvent, TopicName, TOPICS } from './contract.ts';

/** Who is at the other end of a connection; the transport says so, never the client. */
export interface Caller {
  /** The app's own window or a program of the same user on this machine; false for a browser. */
  readonly near: boolean;
  /** A program that a person typed: it may name any place of theirs to mount at, which no page may. */
  readonly choosesMountPoint?: true;
  /** What this client's host can do with a file. */
  readonly can: Output<'app.info'>['can'];
}

export type Handlers = {
  readonly [Name in MethodName]: (
    input: z.output<(typeof METHODS)[Name]['input']>,
    caller: Caller,
  ) => Promise<Output<Name>>;
};

/**
 * One subscription's source, asked when its client is ready for more: what happens meanwhile is the stream's to coalesce.
 */
export interface TopicStream<Event> {
  /** The whole the first time, then what is new; undefined when nothing is after all. What it throws ends the subscription. */
  next(): Event | undefined;
  close(): void;
}

/** `changed` says that `next` has something; it may be called as often as things change. */
export type Topics = {
  readonly [Name in TopicName]: (
    input: z.output<(typeof TOPICS)[Name]['input']>,
    changed: () => void,
  ) => Promise<TopicStream<TopicEvent<Name>>>;
};
