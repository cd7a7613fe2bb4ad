/**
 * `/session`: a token is exchanged for a cookie (POST), asked after (GET), given back (DELETE). Invariant: a wrong token is
 * answered late and only so many wait at once, while a good one is answered at once whatever others try.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Clock } from '../engine/clock.ts';
import { parseMessage } from '../ipc/framing.ts';
import { ownCommand } from '../output/own-command.ts';
import { readBody } from './body.ts';
import type { EntryTokens } from './entry-tokens.ts';
import { refuse, type Refusal } from './replies.ts';
import type { Sessions } from './sessions.ts';

/** The token and its wrapping are 60 bytes. */
const MAX_BODY_BYTES = 1_024;
/** A person who mistyped does not mind; one who guesses gets nowhere. Milliseconds. */
export const WRONG_TOKEN_DELAY_MS = 500;
export const MAX_WRONG_WAITING = 8;

const offer = z.strictObject({ token: z.string().max(256) });

/** What its person can type; the process table tells every user of the machine where the program is. */
const OPEN = `${ownCommand()} open`;

export const NO_SESSION: Refusal = {
  status: 401,
  sentence: `This browser is not signed in; open the address that \`${OPEN}\` prints.`,
};

const WRONG_TOKEN: Refusal = {
  status: 401,
  sentence: `This address was used before, is too old or was never told. \`${OPEN}\` prints one that lets this browser in.`,
};

export class SessionRoute {
  readonly #sessions: Sessions;
  readonly #tokens: EntryTokens;
  readonly #clock: Clock;
  #wrongWaiting = 0;

  constructor(options: { readonly sessions: Sessions; readonly tokens: EntryTokens; readonly clock: Clock }) {
    this.#sessions = options.sessions;
    this.#tokens = options.tokens;
    this.#clock = options.clock;
  }

  async open(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const type = request.headers['content-type'] ?? '';
    if (!/^application\/json(?:;\s*charset=utf-8)?$/i.test(type)) {
      refuse(response, { status: 415, sentence: 'The token must be sent as application/json.' });
      return;
    }
    const body = await readBody(request, MAX_BODY_BYTES);
    if (body === undefined) {
      refuse(response, { status: 413, sentence: `More than ${MAX_BODY_BYTES} bytes are not read here.` });
      return;
    }
    const parsed = offer.safeParse(parseMessage(body.toString('utf8'))?.value);
    if (!parsed.success) {
      refuse(response, { status: 400, sentence: 'Expected {"token": "..."}.' });
      return;
    }
    if (!this.#tokens.spend(parsed.data.token)) {
      this.#refuseWrong(response);
      return;
    }
    response.writeHead(204, { 'Set-Cookie': this.#sessions.create() }).end();
  }

  /** Whether the browser's cookie is still good: a WebSocket that is refused does not tell a page why. */
  ask(request: IncomingMessage, response: ServerResponse): void {
    if (this.#sessions.find(request.headers.cookie) === undefined) refuse(response, NO_SESSION);
    else response.writeHead(204).end();
  }

  end(request: IncomingMessage, response: ServerResponse): void {
    const session = this.#sessions.find(request.headers.cookie);
    if (session === undefined) refuse(response, NO_SESSION);
    else response.writeHead(204, { 'Set-Cookie': this.#sessions.end(session) }).end();
  }

  #refuseWrong(response: ServerResponse): void {
    if (this.#wrongWaiting >= MAX_WRONG_WAITING) {
      const headers = { 'Retry-After': '1' };
      refuse(response, {
        status: 429,
        sentence: 'Too many wrong tokens at once; try again in a second.',
        headers,
      });
      return;
    }
    this.#wrongWaiting += 1;
    const cancel = this.#clock.after(WRONG_TOKEN_DELAY_MS, () => {
      refuse(response, WRONG_TOKEN);
    });
    // Also when the client does not wait for the answer.
    response.once('close', () => {
      cancel();
      this.#wrongWaiting -= 1;
    });
  }
}
