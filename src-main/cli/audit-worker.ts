/** Worker thread: scans one job of a catalogue, which may take long, and posts the findings as sentences. */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../engine/clock.ts';
import { auditJob, auditSentences } from '../engine/metadata/magnetar/audit.ts';
import { withCatalogueRetry } from '../engine/metadata/retry.ts';

export interface AuditRequest {
  readonly database: string;
  readonly job: number;
}

const { database, job } = workerData as AuditRequest;
const report = await withCatalogueRetry(systemClock, () => auditJob(database, job));
parentPort?.postMessage(auditSentences(report));
