/**
 * One engine process and the conversation with it. Invariant: every request is answered or rejected within a bound, and at the
 * latest when the process is gone.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Clock } from '../engine/clock.ts';
import {
  KEEPER_ARGUMENT,
  type EngineEvent,
  type EngineRequestName,
  type EngineRequests,
  type FromEngine,
} from '../engine/control/protocol.ts';
import { GhostError, type GhostErrorCode } from '../engine/errors.ts';
import type { ChildCommand } from './child-command.ts';

/** Mounting a huge catalogue or clearing a full cache takes a minute on a slow disk; past this a part of the engine hangs. */
const ANSWER_LIMIT_MS = 120_000;
/** What the cache still writes is finished first. */
const UNMOUNT_LIMIT_MS = 30_000;

export interface EngineLinkOptions {
  readonly command: ChildCommand;
  /** The end of a socket pair that the process gets; undefined: it gets none. The caller closes its own copy. */
  readonly keeper: number | undefined;
  readonly clock: Clock;
  readonly onEvent: (event: EngineEvent) => void;
  /** What the process itself prints, which is Node's own complaints. */
  readonly onComplaint: (line: string) => void;
}

type Request = <Name extends EngineRequestName>(
  name: Name,
  input: EngineRequests[Name]['input'],
) => Promise<EngineRequests[Name]['output']>;

interface Waiting {
  readonly name: EngineRequestName;
  readonly cancelLimit: () => void;
  readonly resolve: (output: never) => void;
  readonly reject: (error: GhostError) => void;
}

/**
 * For glibc's allocator. Blocks come and go by the thousand in several threads: left to itself it keeps them in its heaps,
 * which grow full of holes; like this each goes back to the system when it is freed. Others ignore it.
 */
const ALLOCATOR = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: String(256 * 1024) };

/**
 * For Node. The engine's threads make few objects and short ones; without a bound each keeps up to three times 16 MiB for
 * those, which is more than all else that a mount takes. In MiB.
 */
const HEAP = ['--max-semi-space-size=4'];

export class EngineLink {
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #end: string | undefined;
  #killedBecause: string | undefined;

  /** How it ended, as the rest of a sentence: `was killed (SIGKILL)`. Never rejects. */
  readonly ended: Promise<string>;

  constructor({ command, keeper, clock, onEvent, onComplaint }: EngineLinkOptions) {
    this.#clock = clock;
    const keeping = keeper === undefined ? [] : [KEEPER_ARGUMENT];
    this.#child = spawn(command.executable, [...HEAP, ...command.arguments, ...keeping], {
      // The keeper's place is KEEPER_DESCRIPTOR.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', ...(keeper === undefined ? [] : [keeper])],
      serialization: 'json',
      env: { ...ALLOCATOR, ...process.env },
      // A group of its own: Ctrl-C in a terminal is for the supervisor, which then unmounts in order.
      detached: true,
    });
    let complaint = '';
    if (this.#child.stderr !== null) {
      createInterface({ input: this.#child.stderr }).on('line', (line) => {
        complaint = /^\w*Error: .+/.exec(line)?.[0] ?? complaint;
        onComplaint(line);
      });
    }
    this.#child.on('message', (message) => this.#receive(message as FromEngine, onEvent));
    this.ended = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#end ??= how;
        this.#rejectAll(`The engine ${how}`);
        resolve(this.#end);
      };
      // Not `exit`: what it said last is still on its way then.
      this.#child.once('close', (code, signal) => {
        const why = complaint === '' ? '' : `: ${complaint}`;
        const how =
          signal === null ? `ended with exit code ${code ?? 'unknown'}${why}` : `was killed (${signal})`;
        end(this.#killedBecause ?? how);
      });
      this.#child.once('error', (error) => {
        // Also told of a message that could not be sent to a living process; its end is told by `close` then.
        if (this.#child.pid === undefined) end(`cannot be started: ${error.message}`);
      });
    });
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Whether a request of this name waits for its answer. */
  isAsked(name: EngineRequestName): boolean {
    return [...this.#waiting.values()].some((waiting) => waiting.name === name);
  }

  /** Rejects with ENGINE_AWAY, with TIMEOUT, and as the engine answers. */
  readonly request: Request = (name, input) =>
    new Promise((resolve, reject) => {
      if (this.#end !== undefined || !this.#child.connected) {
        reject(away(`The engine ${this.#end ?? 'is ending'}`));
        return;
      }
      this.#lastId += 1;
      const id = this.#lastId;
      const cancelLimit = this.#limit(id, name);
      this.#waiting.set(id, { name, cancelLimit, resolve, reject });
      this.#child.send({ id, request: name, input }, (error) => {
        if (error !== null) this.#take(id)?.reject(away(`The engine cannot be asked (${error.message})`));
      });
    });

  #limit(id: number, name: EngineRequestName): () => void {
    // Its blocks stand in line for as long as others are read.
    if (name === 'warm') return () => {};
    const limitMs = name === 'unmount' ? UNMOUNT_LIMIT_MS : ANSWER_LIMIT_MS;
    return this.#clock.after(limitMs, () => this.#take(id)?.reject(late(name, limitMs)));
  }

  /** Ends it whatever it is doing. `because` then tells how it ended, as the rest of a sentence. */
  kill(because?: string): void {
    this.#killedBecause ??= because;
    // By the handle, not by number: a number may be somebody else's by now.
    this.#child.kill('SIGKILL');
  }

  #receive(message: FromEngine, onEvent: (event: EngineEvent) => void): void {
    if ('event' in message) onEvent(message);
    else if ('error' in message) {
      const { code, sentence } = message.error;
      this.#take(message.id)?.reject(new GhostError(code as GhostErrorCode, sentence));
    } else this.#take(message.id)?.resolve(message.output as never);
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.cancelLimit();
    return waiting;
  }

  #rejectAll(why: string): void {
    for (const id of this.#waiting.keys()) this.#take(id)?.reject(away(why));
  }
}

function late(name: EngineRequestName, limitMs: number): GhostError {
  return new GhostError('TIMEOUT', `The engine gave no answer to "${name}" within ${limitMs / 1000} s.`);
}

function away(why: string): GhostError {
  return new GhostError('ENGINE_AWAY', `${why}; try again in a moment.`);
}
