/**
 * The running program, with a window or without: supervisor, dispatcher, control socket and browser screen, joined here and
 * taken apart in the reverse order. Invariant: nothing is started while another program of the same user runs, and an end
 * unmounts before it hangs up on those who watch it.
 */
import { printable } from './output/printable.ts';
import { systemClock } from './engine/clock.ts';
import type { Logger } from './engine/log.ts';
import { Dispatcher, type Caller } from './ipc/dispatcher.ts';
import { controlSocketPath, serveUnixSocket, type UnixSocketServer } from './ipc/unix-socket.ts';
import type { DesktopHost } from './supervisor/desktop-host.ts';
import { supervisorHandlers } from './supervisor/handlers.ts';
import { inTime } from './engine/in-time.ts';
import { LogBook } from './supervisor/log-book.ts';
import { userDirectories } from './supervisor/settings/directories.ts';
import type { SettingsStore } from './supervisor/settings/settings.ts';
import { Supervisor } from './supervisor/supervisor.ts';
import { supervisorTopics } from './supervisor/topics.ts';
import { serveScreen, type Screen } from './web/screen-server.ts';

/** The engine starts and lists a catalogue within a second; who waits longer wants to see why. */
const FIRST_LIST_LIMIT_MS = 5_000;

export interface ProgramOptions {
  readonly settings: SettingsStore;
  /** Undefined without a desktop. */
  readonly host: DesktopHost | undefined;
  /** Directory of the built screen; undefined: none in the browser. */
  readonly screen: { readonly root: string } | undefined;
  readonly logger: Logger;
  readonly version: string;
  /** A client has ended the program: everything is unmounted, what is left is to `stop` and to leave. */
  readonly quit: () => void;
  /** Settles when it is to end whatever it is doing: then no start is waited for. */
  readonly leaving: Promise<void>;
}

export interface Program {
  readonly dispatcher: Dispatcher;
  readonly supervisor: Supervisor;
  /** Lets one browser in; undefined where there is no browser screen. */
  readonly screenUrl: string | undefined;
  /**
   * Unmounts, ends the engine, hangs up. Rejects with MOUNT_BUSY, and everything goes on, while something is in use; forced,
   * what is in use is detached. Cancelled before everything is unmounted, it rejects with INTERRUPTED, and what is mounted
   * then stays mounted. Safe to call again.
   */
  stop(options: { readonly force: boolean; readonly cancelled?: AbortSignal }): Promise<void>;
}

/**
 * Resolves when it can be used, or is to end: the jobs are listed, unless the engine does not come up. Rejects with
 * ALREADY_RUNNING, and with what is wrong with the screen's port or directory; then nothing is left running.
 */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { settings, host, version, quit } = options;
  const clock = systemClock;
  const directories = userDirectories();
  const log = new LogBook({ level: () => settings.values.logLevel, printable });
  const logger = log.logger('supervisor', options.logger);
  const supervisor = new Supervisor({
    settings,
    dataDirectory: directories.data,
    clock,
    logger,
    engineLogger: log.logger('engine', options.logger),
  });
  let screen: Screen | undefined;
  const handlers = supervisorHandlers({
    supervisor,
    settings,
    host,
    version,
    dataDirectory: directories.data,
    stateDirectory: directories.state,
    screenLogger: log.logger('screen', options.logger),
    screen: () => screen,
    stop: async (force) => {
      await supervisor.stop(force);
      // Once the answer is on its way.
      setImmediate(quit);
    },
  });
  const topics = supervisorTopics(supervisor, settings, log);
  const dispatcher = new Dispatcher({ handlers, topics, logger, clock });
  let socket: UnixSocketServer | undefined;
  let unlisten: (() => void) | undefined;
  const close = async (): Promise<void> => {
    unlisten?.();
    await Promise.all([screen?.close(), socket?.close()]);
  };
  try {
    // Before anything is started: it is what keeps a second program away.
    socket = await serveUnixSocket({
      dispatcher,
      path: controlSocketPath(),
      caller: commandLine(host),
      logger,
    });
    unlisten = followAutostart(settings, host, logger);
    const listed = supervisor.start();
    if (options.screen !== undefined) {
      screen = await serveScreen({
        dispatcher,
        root: options.screen.root,
        port: settings.values.screenPort,
        download: (job, path, download) => supervisor.files.startDownload({ job, path }, download),
        logger,
      });
    }
    await inTime(Promise.race([listed, options.leaving]), FIRST_LIST_LIMIT_MS, clock);
  } catch (error) {
    await supervisor.stop(true);
    await close();
    throw error;
  }
  return {
    dispatcher,
    supervisor,
    screenUrl: screen?.newUrl(),
    async stop({ force, cancelled }) {
      await supervisor.stop(force, cancelled);
      await close();
    },
  };
}

/** What a program of the same user can have done: it runs on this machine, and the desktop is that user's. */
function commandLine(host: DesktopHost | undefined): Caller {
  const desktop = host !== undefined;
  return {
    near: true,
    choosesMountPoint: true,
    can: { reveal: desktop, drag: false, download: false, choose: desktop },
  };
}

function followAutostart(settings: SettingsStore, host: DesktopHost | undefined, logger: Logger): () => void {
  let { autostart } = settings.values;
  return settings.onChange((values) => {
    if (values.autostart === autostart) return;
    ({ autostart } = values);
    host
      ?.setAutostart(autostart)
      .catch((error: unknown) => logger.warn('Starting at login could not be changed', error));
  });
}
