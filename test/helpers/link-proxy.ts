/**
 * A TCP proxy that makes loopback feel like a distant link. Modelled: half the round trip in each direction, one round trip
 * of connection set-up (the first bytes of a client leave only after it), and one bandwidth for all downstream bytes,
 * shared in turns. Not modelled: loss, slow start, jitter, an upstream limit. Invariant: bytes keep their order, and a
 * reader that stops stops the server behind it after a bounded number of bytes.
 */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

export interface LinkProxyOptions {
  readonly target: { readonly host: string; readonly port: number };
  readonly rttMs: number;
  /** Downstream, all connections together. */
  readonly bytesPerSecond: number;
}

export interface LinkProxy extends AsyncDisposable {
  readonly port: number;
  /** Bytes handed to clients so far. */
  bytesDown(): number;
  close(): Promise<void>;
}

/** What a connection may send before the next one's turn: 0.3 ms at 50 MB/s, finer than a timer. */
const TURN_BYTES = 16 * 1024;
/** Waiting before the link, per connection: 5 ms at 50 MB/s, so that the link never starves between two reads of a socket. */
const ENTRANCE_BYTES = 256 * 1024;
/** Unread by the client, per connection, before its share of the link pauses. */
const EXIT_BYTES = 1024 * 1024;
/** An idle link may catch up this much: the lateness of a timer is not the link's. */
const BURST_MS = 2;
/** Timers round to whole milliseconds; what is due within this is due. */
const TIMER_SLACK_MS = 0.3;

export async function startLinkProxy({
  target,
  rttMs,
  bytesPerSecond,
}: LinkProxyOptions): Promise<LinkProxy> {
  const link = new Link(bytesPerSecond);
  const sockets = new Set<Socket>();
  const lines = new Set<DelayLine>();
  let bytesDown = 0;

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const establishedAt = performance.now() + rttMs;
    const upstream = connect({ ...target, allowHalfOpen: true, noDelay: true });
    const up = new DelayLine();
    const down = new DelayLine();
    const flow = new Flow(upstream, client, {
      deliver(bytes, departure) {
        down.push(departure + rttMs / 2, () => {
          if (client.destroyed) return;
          bytesDown += bytes.length;
          client.write(bytes);
        });
      },
      end(departure) {
        down.push(departure + rttMs / 2, () => client.end());
      },
      offer: () => link.offer(flow),
    });
    for (const line of [up, down]) lines.add(line);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('close', () => {
        sockets.delete(socket);
        if (sockets.has(client) || sockets.has(upstream)) return;
        lines.delete(up);
        lines.delete(down);
      });
    }
    const sendUp = (action: () => void): void => {
      up.push(Math.max(performance.now(), establishedAt) + rttMs / 2, action);
    };
    client.on('data', (bytes: Buffer) => {
      sendUp(() => {
        if (!upstream.destroyed && !upstream.write(bytes)) client.pause();
      });
    });
    upstream.on('drain', () => client.resume());
    client.on('end', () => sendUp(() => upstream.end()));
    client.on('error', () => undefined);
    client.on('close', () => {
      flow.drop();
      sendUp(() => upstream.destroy());
    });
    upstream.on('error', () => {
      down.push(Math.max(performance.now(), establishedAt) + rttMs / 2, () => client.resetAndDestroy());
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    link.stop();
    for (const socket of sockets) socket.destroy();
    for (const line of lines) line.stop();
    await closed;
  };
  return {
    port: (server.address() as AddressInfo).port,
    bytesDown: () => bytesDown,
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface FlowExit {
  /** The bytes have left the link at `departure`. */
  deliver(bytes: Buffer, departure: number): void;
  end(departure: number): void;
  /** The flow has something for the link again. */
  offer(): void;
}

/** The downstream of one connection, from the server's socket to the link. */
class Flow {
  readonly #upstream: Socket;
  readonly #client: Socket;
  readonly #exit: FlowExit;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #ended = false;
  #dropped = false;

  constructor(upstream: Socket, client: Socket, exit: FlowExit) {
    this.#upstream = upstream;
    this.#client = client;
    this.#exit = exit;
    upstream.on('data', (bytes: Buffer) => {
      if (this.#dropped) return;
      this.#waiting.push(bytes);
      this.#waitingBytes += bytes.length;
      if (this.#waitingBytes > ENTRANCE_BYTES) upstream.pause();
      exit.offer();
    });
    upstream.on('end', () => {
      this.#ended = true;
      exit.offer();
    });
    client.on('drain', () => exit.offer());
  }

  get ready(): boolean {
    if (this.#dropped || this.#client.writableLength > EXIT_BYTES) return false;
    return this.#waitingBytes > 0 || this.#ended;
  }

  /** Takes one turn on a link that is free at `freeAt`; returns when it is free again. */
  turn(freeAt: number, msPerByte: number): number {
    const head = this.#waiting[0];
    if (head === undefined) {
      this.#dropped = true;
      this.#exit.end(freeAt);
      return freeAt;
    }
    const bytes = head.subarray(0, TURN_BYTES);
    if (bytes.length === head.length) this.#waiting.shift();
    else this.#waiting[0] = head.subarray(bytes.length);
    this.#waitingBytes -= bytes.length;
    if (this.#waitingBytes <= ENTRANCE_BYTES) this.#upstream.resume();
    const departure = freeAt + bytes.length * msPerByte;
    this.#exit.deliver(bytes, departure);
    return departure;
  }

  drop(): void {
    this.#dropped = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#upstream.resume();
  }
}

/** The bandwidth: flows take turns, each piece leaves when the one before it has left. */
class Link {
  readonly #msPerByte: number;
  #flows: Flow[] = [];
  #freeAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(bytesPerSecond: number) {
    this.#msPerByte = 1000 / bytesPerSecond;
  }

  offer(flow: Flow): void {
    if (!flow.ready || this.#flows.includes(flow)) return;
    if (this.#flows.length === 0) this.#freeAt = Math.max(this.#freeAt, performance.now() - BURST_MS);
    this.#flows.push(flow);
    if (this.#timer === undefined) this.#serve();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#flows = [];
  }

  #serve(): void {
    this.#timer = undefined;
    const now = performance.now() + TIMER_SLACK_MS;
    while (this.#freeAt <= now) {
      const flow = this.#flows.shift();
      if (flow === undefined) return;
      if (flow.ready) this.#freeAt = flow.turn(this.#freeAt, this.#msPerByte);
      if (flow.ready) this.#flows.push(flow);
    }
    if (this.#flows.length === 0) return;
    this.#timer = setTimeout(() => this.#serve(), Math.ceil(this.#freeAt - now));
  }
}

/** Performs actions at their times, in the order they were pushed. */
class DelayLine {
  readonly #actions: { readonly at: number; readonly act: () => void }[] = [];
  #timer: NodeJS.Timeout | undefined;

  push(at: number, act: () => void): void {
    this.#actions.push({ at, act });
    if (this.#timer === undefined) this.#arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#actions.length = 0;
  }

  #arm(): void {
    const next = this.#actions[0];
    if (next === undefined) return;
    this.#timer = setTimeout(() => this.#run(), Math.max(0, Math.ceil(next.at - performance.now())));
  }

  #run(): void {
    this.#timer = undefined;
    const now = performance.now() + TIMER_SLACK_MS;
    for (let next = this.#actions[0]; next !== undefined && next.at <= now; next = this.#actions[0]) {
      this.#actions.shift();
      next.act();
    }
    this.#arm();
  }
}
