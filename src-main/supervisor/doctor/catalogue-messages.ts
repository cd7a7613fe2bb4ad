/** What the thread that examines one catalogue tells, as it finds it. */
import type { SourceObject } from '../../engine/wormhole/source.ts';

export interface CatalogueOrder {
  readonly database: string;
}

export interface ExaminedJob {
  readonly id: number;
  /** Best first. */
  readonly sources: readonly string[];
  /** A file of it that can be asked for; undefined when none was found soon. */
  readonly object: SourceObject | undefined;
}

export type CatalogueFinding =
  /** It can be opened and has these jobs. */
  | { readonly kind: 'jobs'; readonly jobs: readonly ExaminedJob[]; readonly total: number }
  | { readonly kind: 'problem' | 'warning'; readonly sentence: string }
  | { readonly kind: 'done' };
