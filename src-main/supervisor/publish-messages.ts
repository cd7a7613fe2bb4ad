/** What the supervisor and a publisher, a process of its own, say to each other. Both are of the same build. */
import type { FoundJob } from '../engine/publish/find-published.ts';
import type { PublishProgress } from '../engine/publish/publish.ts';

export interface PublishOrder {
  /** A directory's path or the URL of one. */
  readonly directory: string;
  /** Path of the catalogue. */
  readonly database: string;
  readonly name: string;
}

export type ToPublisher =
  | { readonly kind: 'publish'; readonly order: PublishOrder; readonly contentId: string }
  | { readonly kind: 'cancel' }
  /** Whether an earlier process came to its end; asked of a new one. */
  | { readonly kind: 'find'; readonly database: string; readonly contentId: string };

export interface Published extends FoundJob {
  /** Files that could not be read and are missing in the job; undefined when its process ended before it told. */
  readonly failedCount: number | undefined;
}

export type FromPublisher =
  | { readonly kind: 'progress'; readonly progress: PublishProgress }
  | { readonly kind: 'notice'; readonly sentence: string }
  | { readonly kind: 'published'; readonly published: Published }
  | { readonly kind: 'found'; readonly job: FoundJob | undefined }
  | { readonly kind: 'failed'; readonly code: string; readonly sentence: string };
