/** What the supervisor and a publisher, a process of its own, say to each other. Both are of the same build. */
import type { PublishProgress } from '../engine/publish/publish.ts';

export interface PublishOrder {
  /** A directory's path or the URL of one. */
  readonly directory: string;
  /** Path of the catalogue. */
  readonly database: string;
  readonly name: string;
}

export type ToPublisher =
  { readonly kind: 'publish'; readonly order: PublishOrder } | { readonly kind: 'cancel' };

export interface Published {
  readonly jobId: number;
  readonly files: number;
  readonly bytes: number;
  /** Files that could not be read and are missing in the job. */
  readonly failedCount: number;
}

export type FromPublisher =
  | { readonly kind: 'progress'; readonly progress: PublishProgress }
  | { readonly kind: 'notice'; readonly sentence: string }
  | { readonly kind: 'published'; readonly published: Published }
  | { readonly kind: 'failed'; readonly code: string; readonly sentence: string };
