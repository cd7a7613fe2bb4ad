/**
 * Checks the mounted job's catalogue beside the running mount and logs what a mount hides or cannot reach. Invariant:
 * neither mounting nor leaving waits for it.
 */
import { Worker } from 'node:worker_threads';
import type { Logger } from '../engine/log.ts';
import type { AuditRequest } from './audit-worker.ts';

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const WORKER = new URL(`./audit-worker${extension}`, import.meta.url);

/** Starts the check; the returned function tells whether it still runs. */
export function startAudit(request: AuditRequest, logger: Logger): () => boolean {
  let running = true;
  const worker = new Worker(WORKER, { workerData: request, name: `audit-job-${request.job}` });
  worker.unref();
  worker.on('message', (sentences: readonly string[]) => {
    for (const sentence of sentences) logger.warn(sentence);
    logger.debug(`The catalogue check of job ${request.job} is done`, { findings: sentences.length });
  });
  worker.on('error', (error) => {
    logger.warn(`The catalogue check of job ${request.job} failed; the mount is not affected`, error);
  });
  worker.on('exit', () => {
    running = false;
  });
  return () => running;
}
