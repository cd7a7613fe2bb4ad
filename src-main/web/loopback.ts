/**
 * Listens on this machine alone, on both of its addresses. Invariant: a name is only accepted when every address it may mean
 * is ours: `localhost` is not while another program has the port on ::1.
 */
import type { Server } from 'node:http';
import { GhostError } from '../engine/errors.ts';
import type { Logger } from '../engine/log.ts';

const IPV4 = '127.0.0.1';
const IPV6 = '::1';
/** How often another free port is looked for that is free on both addresses. */
const ATTEMPTS = 10;
/** No such address: IPv6 is switched off. Then nobody can have the port there either. */
const NO_IPV6 = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

export interface LoopbackListeners {
  readonly port: number;
  /** With the port, as a `Host` header names it. */
  readonly hosts: ReadonlySet<string>;
  readonly servers: readonly Server[];
}

/** `port` 0 means any. Rejects with SETTING_INVALID when it cannot be had on 127.0.0.1. */
export async function listenOnLoopback(
  port: number,
  newServer: () => Server,
  logger: Logger,
): Promise<LoopbackListeners> {
  for (let attempt = 1; ; attempt += 1) {
    const first = newServer();
    const failure = await listen(first, IPV4, port);
    if (failure !== undefined) throw unusable(port, failure);
    const got = portOf(first);
    const second = newServer();
    const alone = await listen(second, IPV6, got);
    if (alone === undefined) {
      return { port: got, servers: [first, second], hosts: hostsOf(got, [IPV4, 'localhost', `[${IPV6}]`]) };
    }
    if (NO_IPV6.has(alone.code ?? '')) {
      return { port: got, servers: [first], hosts: hostsOf(got, [IPV4, 'localhost']) };
    }
    if (port !== 0 || attempt === ATTEMPTS) {
      logger.warn(`The browser screen has port ${got} on ${IPV4} alone; on ${IPV6} it cannot be had`, alone);
      return { port: got, servers: [first], hosts: hostsOf(got, [IPV4]) };
    }
    await new Promise((resolve) => first.close(resolve));
  }
}

function listen(server: Server, host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    server.once('error', resolve);
    server.listen({ host, port }, () => {
      server.off('error', resolve);
      resolve(undefined);
    });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a listening server has no port');
  return address.port;
}

/** As a browser writes them: without the port where that is the usual one. */
function hostsOf(port: number, names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => new URL(`http://${name}:${port}`).host));
}

function unusable(port: number, cause: NodeJS.ErrnoException): GhostError {
  const why =
    cause.code === 'EADDRINUSE'
      ? 'another program has it'
      : cause.code === 'EACCES'
        ? 'only an administrator may use it'
        : cause.message;
  return new GhostError(
    'SETTING_INVALID',
    `The browser screen cannot have port ${port} of ${IPV4}: ${why}; choose another port in the settings.`,
    { cause },
  );
}
