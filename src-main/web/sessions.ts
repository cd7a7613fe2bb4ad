/**
 * Browsers that have shown a token, each known by a random cookie kept in memory alone. Invariant: at most so many, and one
 * that nobody used for long is no more; an open WebSocket counts as use.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../engine/clock.ts';

/** A working day and a night: who comes back in the morning opens the address again. Milliseconds. */
export const IDLE_LIMIT_MS = 16 * 60 * 60 * 1_000;
/** One person's browsers and a script or two. */
export const MAX_SESSIONS = 32;
const ID_BYTES = 32;

export interface Session {
  readonly key: string;
  /** Ends the WebSockets it has open. */
  readonly open: Set<() => void>;
  usedAt: number;
}

export class Sessions {
  readonly #clock: Clock;
  readonly #cookie: string;
  /** By digest of the cookie's value: the time of a look-up tells nothing of the value. */
  readonly #sessions = new Map<string, Session>();

  /** Cookies ignore ports: the name carries it, so that two servers do not take each other's. */
  constructor(clock: Clock, port: number) {
    this.#clock = clock;
    this.#cookie = `orbit-ghost-${port}`;
  }

  /** Returns the cookie to set. Where there are too many, the one longest out of use goes. */
  create(): string {
    this.#forgetIdle();
    if (this.#sessions.size >= MAX_SESSIONS) this.#end(this.#leastUsed());
    const id = randomBytes(ID_BYTES).toString('base64url');
    const key = keyOf(id);
    this.#sessions.set(key, { key, open: new Set(), usedAt: this.#clock.now() });
    return this.#setCookie(id);
  }

  /** The session of a `Cookie` header, which counts as used now. */
  find(header: string | undefined): Session | undefined {
    this.#forgetIdle();
    const session = this.#ids(header)
      .map((id) => this.#sessions.get(keyOf(id)))
      .find((found) => found !== undefined);
    if (session !== undefined) session.usedAt = this.#clock.now();
    return session;
  }

  /** Returns the cookie that removes it. */
  end(session: Session): string {
    this.#end(session);
    return `${this.#setCookie('')}; Max-Age=0`;
  }

  /** Ties a WebSocket to its session: `hangUp` is called when that ends. The returned function says it has closed. */
  attach(session: Session, hangUp: () => void): () => void {
    session.open.add(hangUp);
    return () => {
      session.open.delete(hangUp);
      session.usedAt = this.#clock.now();
    };
  }

  #setCookie(value: string): string {
    return `${this.#cookie}=${value}; HttpOnly; SameSite=Strict; Path=/`;
  }

  /** A page of another port can set a cookie of the same name: any of them may be the right one. */
  #ids(header: string | undefined): readonly string[] {
    return (header ?? '')
      .split(';')
      .map((pair) => pair.trim())
      .filter((pair) => pair.startsWith(`${this.#cookie}=`))
      .map((pair) => pair.slice(this.#cookie.length + 1));
  }

  #forgetIdle(): void {
    const now = this.#clock.now();
    for (const session of this.#sessions.values()) {
      if (session.open.size === 0 && now - session.usedAt > IDLE_LIMIT_MS) this.#end(session);
    }
  }

  #leastUsed(): Session | undefined {
    const idle = (session: Session): number =>
      session.open.size > 0 ? Number.POSITIVE_INFINITY : session.usedAt;
    return [...this.#sessions.values()].toSorted((a, b) => idle(a) - idle(b) || a.usedAt - b.usedAt)[0];
  }

  #end(session: Session | undefined): void {
    if (session === undefined) return;
    this.#sessions.delete(session.key);
    for (const hangUp of session.open) hangUp();
  }
}

function keyOf(id: string): string {
  return createHash('sha256').update(id).digest('hex');
}
