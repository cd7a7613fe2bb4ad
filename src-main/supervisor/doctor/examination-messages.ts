/** What the supervisor, or a command that stands in for it, and the process that looks at things say to each other. */
import type { HealthCheck } from '../../ipc/contract.ts';
import type { SettingValues } from '../settings/setting-values.ts';

export interface ExaminationOrder {
  readonly values: Pick<
    SettingValues,
    | 'catalogues'
    | 'mountRoot'
    | 'cacheDirectory'
    | 'cacheLimitBytes'
    | 'cacheMinFreeBytes'
    | 'driver'
    | 'hmacKeyFiles'
    | 'hmacRequired'
  >;
  readonly logDirectory: string;
  /** The running program, which may use the cache. */
  readonly program: number | undefined;
  /** Whether to mend what can be mended, before all is looked at. */
  readonly mend: boolean;
}

export type FromExamination =
  /** `group` tells where they stand among the others. */
  | { readonly kind: 'checks'; readonly group: number; readonly checks: readonly HealthCheck[] }
  | { readonly kind: 'mended'; readonly sentence: string }
  | { readonly kind: 'done' };
