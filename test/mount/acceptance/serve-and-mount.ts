/** The whole way of an acceptance test: a tree served by nginx, published into a fresh catalogue, mounted. */
import { join } from 'node:path';
import { mountJob, publish } from '../../helpers/mounted-job.ts';
import type { MountedJob, PublishedJob } from '../../helpers/mounted-job.ts';
import { startNginx } from '../../helpers/nginx.ts';
import type { NginxServer } from '../../helpers/nginx.ts';
import { newDirectory } from '../../helpers/system.ts';

export interface ServedJob {
  readonly server: NginxServer;
  readonly database: string;
  readonly job: PublishedJob;
  readonly mount: MountedJob;
  /** The path of a file of the tree, as a program sees it through the mount. */
  path(...names: readonly string[]): string;
}

/** Everything is released with the test, or with the file when called from `beforeAll`. */
export async function serveAndMount(tree: string): Promise<ServedJob> {
  const server = await startNginx(tree);
  const database = join(newDirectory('catalogue'), 'magnetar.db');
  const job = await publish({ tree, database, source: server.url });
  const mount = await mountJob({ database, job: job.jobId });
  return { server, database, job, mount, path: (...names) => join(mount.mountPoint, ...names) };
}
