/**
 * Starts and ends the screen for a browser on this machine. Invariant: it listens on this machine's own addresses alone, and
 * its end waits for nobody.
 */
import { systemClock, type Clock } from '../engine/clock.ts';
import type { Logger } from '../engine/log.ts';
import type { Dispatcher } from '../ipc/dispatcher.ts';
import type { FindDownload } from './downloads.ts';
import { EntryTokens } from './entry-tokens.ts';
import { createHttpServer } from './http-server.ts';
import { listenOnLoopback } from './loopback.ts';
import { refuse, refuseSocket } from './replies.ts';
import { ScreenDoor } from './screen-door.ts';
import { readScreenFiles } from './screen-files.ts';

/** For browsers to answer a close. Milliseconds. */
const FAREWELL_MS = 500;
const STARTING = { status: 503, sentence: 'The screen is just starting; try again.' };

export interface ScreenOptions {
  readonly dispatcher: Dispatcher;
  /** Directory of the built screen. */
  readonly root: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Where a file of a mounted job is; rejects with a GhostError for one that cannot be had. */
  readonly download: FindDownload;
  readonly logger: Logger;
  readonly clock?: Clock;
}

export interface Screen {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** One that lets one browser in, once, with the token for that in its fragment, which browsers send to nobody. */
  newUrl(): string;
  close(): Promise<void>;
}

/** Rejects with a GhostError whose sentence says what is wrong with the port or the built screen. */
export async function serveScreen({
  root,
  port,
  clock = systemClock,
  ...options
}: ScreenOptions): Promise<Screen> {
  const files = readScreenFiles(root);
  const tokens = new EntryTokens(clock);
  let door: ScreenDoor | undefined;
  const newServer = () =>
    createHttpServer({
      request: (request, response) => {
        if (door === undefined) refuse(response, STARTING);
        else door.answer(request, response);
      },
      upgrade: (request, socket, head) => {
        if (door === undefined) refuseSocket(socket, STARTING);
        else door.upgrade(request, socket, head);
      },
    });
  const listeners = await listenOnLoopback(port, newServer, options.logger);
  const { servers, hosts } = listeners;
  const opened = new ScreenDoor({
    ...options,
    clock,
    files,
    tokens,
    hosts,
    port: listeners.port,
  });
  door = opened;
  const origin = new URL(`http://127.0.0.1:${listeners.port}`).origin;
  return {
    origin,
    newUrl: () => `${origin}/#token=${tokens.create()}`,
    async close() {
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
      opened.close();
      const force = setTimeout(() => {
        opened.terminate();
        for (const server of servers) server.closeAllConnections();
      }, FAREWELL_MS);
      await Promise.all(closed);
      clearTimeout(force);
    },
  };
}
