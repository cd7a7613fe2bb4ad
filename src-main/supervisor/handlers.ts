/** What stands behind each method of the contract. Inputs have passed its schemas; what else must hold is checked here. */
import { isAbsolute } from 'node:path';
import { ensureDemo } from '../demo/demo.ts';
import { GhostError } from '../engine/errors.ts';
import type { Logger } from '../engine/log.ts';
import { CONTRACT_VERSION } from '../ipc/contract.ts';
import type { Handlers } from '../ipc/handlers.ts';
import type { DesktopHost } from './desktop-host.ts';
import { Health } from './doctor/health.ts';
import type { SettingsStore } from './settings/settings.ts';
import { checkSetup } from './setup-checks.ts';
import type { Supervisor } from './supervisor.ts';

export interface HandlersOptions {
  readonly supervisor: Supervisor;
  readonly settings: SettingsStore;
  /** Undefined without a desktop. */
  readonly host: DesktopHost | undefined;
  readonly version: string;
  readonly dataDirectory: string;
  /** Where the log is. */
  readonly stateDirectory: string;
  /** For what a screen wants in the log. */
  readonly screenLogger: Logger;
  /** Undefined where there is no browser screen. Each `newUrl` lets one browser in. */
  readonly screen: () => { readonly origin: string; readonly newUrl: () => string } | undefined;
  /** Unmounts everything; the program ends once this has been answered. */
  readonly stop: (force: boolean) => Promise<void>;
}

export function supervisorHandlers(options: HandlersOptions): Handlers {
  const { supervisor, settings, version, screen, screenLogger } = options;
  const health = new Health(options);
  const desktop = (): DesktopHost => {
    if (options.host !== undefined) return options.host;
    throw new GhostError(
      'UNSUPPORTED',
      'There is no desktop here; copy the path or download the file instead.',
    );
  };
  return {
    'app.info': (_, { can }) =>
      Promise.resolve({
        version,
        contract: CONTRACT_VERSION,
        pid: process.pid,
        can: { ...can },
        screen: screen()?.origin ?? null,
      }),
    'app.stop': async ({ force }) => {
      await options.stop(force);
      return {};
    },
    'app.screen': () => Promise.resolve({ url: screen()?.newUrl() ?? null }),
    'setup.check': async () => ({ checks: await checkSetup(supervisor, settings.values) }),
    'setup.demo': async () => {
      const { database } = await ensureDemo({ data: options.dataDirectory });
      return { jobs: [...(await supervisor.catalogues.add(database))] };
    },
    'health.check': () => health.check(),
    'health.mend': () => health.mend(),
    'health.bundle': async ({ file }, { choosesMountPoint }) => {
      if (file !== undefined && choosesMountPoint !== true) {
        throw new GhostError(
          'PERMISSION_DENIED',
          'Only the command line names a file to write; leave it out.',
        );
      }
      return await health.bundle(file === undefined ? undefined : absolute(file));
    },
    'catalogues.add': async ({ path }) => ({ jobs: [...(await supervisor.catalogues.add(absolute(path)))] }),
    'catalogues.remove': async ({ path }) => {
      await supervisor.catalogues.remove(path);
      return {};
    },
    'catalogues.refresh': async () => {
      await supervisor.refreshCatalogues();
      return {};
    },
    'jobs.mount': async ({ job, mountPoint }, { choosesMountPoint }) => {
      if (mountPoint === undefined) return { mountPoint: await supervisor.mount(job, undefined) };
      if (choosesMountPoint !== true) {
        throw new GhostError(
          'PERMISSION_DENIED',
          'Only the command line names a place to mount at; leave it out, or set the mount root in the settings.',
        );
      }
      return { mountPoint: await supervisor.mount(job, absolute(mountPoint)) };
    },
    'jobs.unmount': async ({ job, force }) => {
      await supervisor.unmount(job, force);
      return {};
    },
    'jobs.publish': async ({ directory, name, catalogue }) => {
      const isUrl = /^[a-z][a-z0-9+.-]+:\/\//i.test(directory);
      return await Promise.resolve({
        task: supervisor.publish(isUrl ? directory : absolute(directory), name, catalogue),
      });
    },
    'tasks.cancel': async ({ task }) => {
      await supervisor.tasks.cancel(task);
      return {};
    },
    'tasks.dismiss': async ({ task }) => {
      supervisor.tasks.dismiss(task);
      return await Promise.resolve({});
    },
    'fetching.pause': async ({ paused }) => {
      await supervisor.setPaused(paused);
      return {};
    },
    'files.list': (input) => supervisor.files.list(input),
    'files.path': async (place) => ({ path: await supervisor.files.locate(place) }),
    'files.reveal': async (place) => {
      const host = desktop();
      host.reveal(await supervisor.files.locate(place));
      return {};
    },
    'jobs.open': async ({ job }) => {
      await desktop().openFolder(supervisor.files.mountPointOf(job));
      return {};
    },
    'dialog.choose': async ({ what }) => ({ path: (await desktop().choose(what)) ?? null }),
    'cache.status': () => supervisor.cache.ask(),
    'cache.clear': (what) => supervisor.cache.clear(what),
    'cache.verify': (what) => supervisor.cache.verify(what),
    'cache.pin': async (place) => {
      await supervisor.cache.pins.pin(place);
      return {};
    },
    'cache.unpin': (place) => supervisor.cache.pins.unpin(place),
    'cache.warm': (place) => supervisor.cache.pins.warm(place),
    'settings.get': () => Promise.resolve(settings.describe()),
    'settings.set': async ({ values }) => {
      await settings.set(values);
      return settings.describe();
    },
    'log.write': async ({ level, text }) => {
      screenLogger[level](text);
      return await Promise.resolve({});
    },
  };
}

/** Relative to what nobody could say: client and program stand in different directories. */
function absolute(path: string): string {
  if (isAbsolute(path)) return path;
  throw new GhostError('ARGUMENT_INVALID', `${path} is not an absolute path.`);
}
