/**
 * A private nginx over one directory, on a free port of the loopback, that tells exactly what was asked of it.
 * Invariant: `requests()` includes every request whose answer a client has received before the call.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { start } from './child.ts';
import type { Child } from './child.ts';
import { parseAccessLog } from './nginx-log.ts';
import type { NginxRequest } from './nginx-log.ts';
import { findCommand, newDirectory } from './system.ts';
import { until } from './system-until.ts';

export { transferred } from './nginx-log.ts';

export interface NginxServer extends AsyncDisposable {
  readonly port: number;
  /** Ends with a slash. */
  readonly url: string;
  /** What was asked so far below `pathPrefix` (decoded, with its leading slash), in the order of completion. */
  requests(pathPrefix?: string): Promise<readonly NginxRequest[]>;
  /** Forgets all requests up to now. */
  clearRequests(): Promise<void>;
  stop(): Promise<void>;
}

const PORT_ATTEMPTS = 5;
const SENTINEL = '/.orbit-ghost-test-sentinel/';

/** Serves `directory`, with listings, to anyone on this machine. */
export async function startNginx(directory: string): Promise<NginxServer> {
  const binary = findCommand('nginx');
  if (binary === undefined) throw new Error('nginx is missing; type `apt-get install nginx` as root');
  const prefix = newDirectory('nginx');
  mkdirSync(join(prefix, 'temp'));
  const config = join(prefix, 'nginx.conf');
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    writeFileSync(config, configuration(prefix, directory, port));
    const child = await start(binary, ['-e', 'stderr', '-p', prefix, '-c', config]);
    try {
      // Logged when the sockets listen; a port taken meanwhile ends the process first.
      await child.waitForLine(/using the "epoll" event method/, { stream: 'stderr' });
      return new RunningNginx(port, child, join(prefix, 'access.log'));
    } catch (error) {
      await child.stop();
      if (attempt === PORT_ATTEMPTS || !child.stderr().includes('Address already in use')) throw error;
    }
  }
}

class RunningNginx implements NginxServer {
  readonly port: number;
  readonly url: string;
  readonly #child: Child;
  readonly #log: string;
  #sentinels = 0;
  #forgotten = 0;

  constructor(port: number, child: Child, log: string) {
    this.port = port;
    this.url = `http://127.0.0.1:${String(port)}/`;
    this.#child = child;
    this.#log = log;
  }

  async requests(pathPrefix = '/'): Promise<readonly NginxRequest[]> {
    return (await this.#all())
      .slice(this.#forgotten)
      .filter(({ path }) => path.startsWith(pathPrefix) && !path.startsWith(SENTINEL));
  }

  async clearRequests(): Promise<void> {
    this.#forgotten = (await this.#all()).length;
  }

  /**
   * One process serves everything in turn and logs a request in the step that ends it, so once a later request of
   * ours is in the log, everything answered before it is too.
   */
  async #all(): Promise<readonly NginxRequest[]> {
    this.#sentinels += 1;
    const path = `${SENTINEL}${String(this.#sentinels)}`;
    const [response] = await once(get(new URL(path, this.url), { agent: false }), 'response');
    response.resume();
    let requests: readonly NginxRequest[] = [];
    await until(`nginx's log of ${path}`, () => {
      requests = parseAccessLog(readFileSync(this.#log, 'utf8'));
      return requests.some((request) => request.path === path);
    });
    return requests;
  }

  async stop(): Promise<void> {
    await this.#child.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no TCP port to be had on 127.0.0.1');
  return address.port;
}

function quoted(path: string): string {
  return `"${path.replaceAll(/["\\$]/g, String.raw`\$&`)}"`;
}

/** One process in the foreground, as whoever starts it: no user switch, no helper processes to lose. */
function configuration(prefix: string, directory: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${quoted(join(prefix, 'temp', name))};`)
    .join('\n  ');
  return `
daemon off;
master_process off;
pid ${quoted(join(prefix, 'nginx.pid'))};
error_log stderr notice;
worker_rlimit_nofile 4096;
events { worker_connections 1024; }
http {
  ${temporary}
  log_format orbit escape=json '{"method":"$request_method","path":"$uri","range":"$http_range",'
    '"contentRange":"$sent_http_content_range","status":$status,"bodyBytes":$body_bytes_sent,'
    '"connection":$connection,"agent":"$http_user_agent"}';
  access_log ${quoted(join(prefix, 'access.log'))} orbit;
  default_type application/octet-stream;
  sendfile on;
  tcp_nodelay on;
  keepalive_requests 1000000;
  server {
    listen 127.0.0.1:${String(port)};
    root ${quoted(directory)};
    autoindex on;
  }
}
`;
}
