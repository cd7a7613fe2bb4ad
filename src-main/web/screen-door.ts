/**
 * What the browser screen answers: its files, a session for a token, the contract over a WebSocket, downloads. Invariant:
 * every request and upgrade passes the guard first, and only a session reaches the dispatcher or a file of a job.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../engine/clock.ts';
import type { Logger } from '../engine/log.ts';
import type { Dispatcher } from '../ipc/dispatcher.ts';
import { Downloads, type FindDownload } from './downloads.ts';
import type { EntryTokens } from './entry-tokens.ts';
import { refuse, refuseSocket, type Refusal } from './replies.ts';
import { requestRefusal } from './request-guard.ts';
import { sendScreenFile, type ScreenFiles } from './screen-files.ts';
import { NO_SESSION, SessionRoute } from './session-route.ts';
import { Sessions } from './sessions.ts';
import { Sockets } from './sockets.ts';

const NOTHING_HERE: Refusal = { status: 404, sentence: 'There is nothing here.' };
const UPGRADE_ONLY: Refusal = {
  status: 426,
  sentence: 'This is the place of a WebSocket.',
  headers: { Upgrade: 'websocket', Connection: 'Upgrade, close' },
};

type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
/** By method. */
type Route = ReadonlyMap<string, Answer>;

interface DoorOptions {
  readonly dispatcher: Dispatcher;
  readonly files: ScreenFiles;
  readonly tokens: EntryTokens;
  readonly hosts: ReadonlySet<string>;
  readonly port: number;
  readonly download: FindDownload;
  readonly logger: Logger;
  readonly clock: Clock;
}

export class ScreenDoor {
  readonly #hosts: ReadonlySet<string>;
  readonly #logger: Logger;
  readonly #files: ScreenFiles;
  readonly #sockets: Sockets;
  readonly #downloads: Downloads;
  readonly #routes: ReadonlyMap<string, Route>;
  readonly #fileRoute: Route;

  constructor({ dispatcher, files, tokens, hosts, port, download, logger, clock }: DoorOptions) {
    this.#hosts = hosts;
    this.#logger = logger;
    this.#files = files;
    const sessions = new Sessions(clock, port);
    const session = new SessionRoute({ sessions, tokens, clock });
    this.#sockets = new Sockets({ dispatcher, sessions, clock, logger });
    this.#downloads = new Downloads({ find: download, clock, logger });
    this.#routes = new Map<string, Route>([
      [
        '/session',
        new Map<string, Answer>([
          ['GET', (request, response) => session.ask(request, response)],
          ['POST', (request, response) => session.open(request, response)],
          ['DELETE', (request, response) => session.end(request, response)],
        ]),
      ],
      ['/download', this.#fileOfJob(sessions, (query, response) => this.#downloads.answer(query, response))],
      [
        '/download/check',
        this.#fileOfJob(sessions, (query, response) => this.#downloads.ask(query, response)),
      ],
      ['/ws', new Map([['GET', (_request, response) => refuse(response, UPGRADE_ONLY)]])],
    ]);
    const file: Answer = (request, response) => {
      sendScreenFile(this.#files, targetOf(request).path, request, response);
    };
    this.#fileRoute = new Map([
      ['GET', file],
      ['HEAD', file],
    ]);
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const refusal = requestRefusal(request, this.#hosts, false);
    if (refusal !== undefined) {
      this.#tell(request, refusal);
      refuse(response, refusal);
      return;
    }
    const { path } = targetOf(request);
    const route = this.#routes.get(path) ?? (this.#files.has(path) ? this.#fileRoute : undefined);
    const answer = route?.get(request.method ?? '');
    if (route === undefined) refuse(response, NOTHING_HERE);
    else if (answer === undefined) refuse(response, notAllowed(route));
    else void this.#run(answer, request, response);
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const isPlace = request.method === 'GET' && request.url === '/ws';
    const refusal = requestRefusal(request, this.#hosts, true) ?? (isPlace ? undefined : NOTHING_HERE);
    if (refusal === undefined) {
      this.#sockets.upgrade(request, socket, head);
      return;
    }
    this.#tell(request, refusal);
    refuseSocket(socket, refusal);
  }

  /** Says goodbye to every browser. */
  close(): void {
    this.#sockets.close();
    this.#downloads.close();
  }

  /** Hangs up on those that did not answer. */
  terminate(): void {
    this.#sockets.terminate();
  }

  async #run(answer: Answer, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await answer(request, response);
    } catch (error) {
      // A client that breaks off in the middle of its request is no news.
      if (request.destroyed && !request.complete) return;
      this.#logger.error(`A request to ${targetOf(request).path} failed unexpectedly`, error);
      if (response.headersSent) response.destroy();
      else refuse(response, { status: 500, sentence: 'Something unexpected failed; the log says what.' });
    }
  }

  #fileOfJob(sessions: Sessions, answer: (query: string, response: ServerResponse) => Promise<void>): Route {
    const get: Answer = async (request, response) => {
      if (sessions.find(request.headers.cookie) === undefined) refuse(response, NO_SESSION);
      else await answer(targetOf(request).query, response);
    };
    return new Map([['GET', get]]);
  }

  #tell({ method, headers }: IncomingMessage, { sentence }: Refusal): void {
    const { host, origin } = headers;
    this.#logger.debug(`The browser screen refused a request: ${sentence}`, { method, host, origin });
  }
}

function notAllowed(route: Route): Refusal {
  const methods = [...route.keys()].join(', ');
  return { status: 405, sentence: `Only ${methods} can be used here.`, headers: { Allow: methods } };
}

/** As the request wrote them; nothing is decoded, so nothing can be meant that is not said. */
function targetOf({ url = '' }: IncomingMessage): { readonly path: string; readonly query: string } {
  const mark = url.indexOf('?');
  return mark === -1 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}
