/** The block cache: how full it is and of what, what could go, and the way to let it go. The numbers are live. */
import { useState } from 'react';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Name } from '../../components/name.tsx';
import { Page, Section } from '../../components/page.tsx';
import { Waiting } from '../../components/waiting.tsx';
import { formatPlural } from '../../lib/format.ts';
import { useCacheStatus } from '../../stores/cache.ts';
import { CacheJobs } from './cache-jobs.tsx';
import styles from './cache-page.module.css';
import { CacheUsage } from './cache-usage.tsx';
import { ClearDialog } from './clear-dialog.tsx';
import type { ClearTarget } from './clear-question.ts';
import { PinList } from './pin-list.tsx';

export function CachePage() {
  const cache = useCacheStatus();
  const [target, setTarget] = useState<ClearTarget>();
  if (cache === undefined) {
    return (
      <Page title="Cache">
        <Waiting />
      </Page>
    );
  }
  const isEmpty = cache.blocks === 0;
  return (
    <Page
      title="Cache"
      subtitle={
        <span className={styles.directory}>
          <Name text={cache.directory} mono />
          <CopyButton label="Copy the cache’s folder" text={cache.directory} />
        </span>
      }
      actions={
        <Button icon="trash" disabled={isEmpty} onClick={() => setTarget('all')}>
          Clear cache…
        </Button>
      }
    >
      {cache.trouble !== null && <Banner tone="warn">{cache.trouble}</Banner>}
      <CacheUsage cache={cache} />
      <Section
        title="By job"
        aside={!isEmpty && <span className={styles.count}>{formatPlural(cache.blocks, 'block')} in all</span>}
      >
        {isEmpty ? (
          <EmptyState icon="cache" title="The cache is empty">
            Blocks are kept here when a program reads them, so that they are fetched once only.
          </EmptyState>
        ) : (
          <CacheJobs cache={cache} onClear={setTarget} />
        )}
      </Section>
      <Section title="Kept offline">
        {cache.pins.length === 0 ? (
          <p className={styles.hint}>
            Nothing yet. “Keep offline” beside a file or folder of a job fetches it and never removes it to
            make room.
          </p>
        ) : (
          <PinList pins={cache.pins} />
        )}
      </Section>
      <ClearDialog cache={cache} target={target} onClose={() => setTarget(undefined)} />
    </Page>
  );
}
