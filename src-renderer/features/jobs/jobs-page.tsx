/** All jobs of all catalogues: find one, mount it, open it; add more. */
import { useDeferredValue, useMemo, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Menu, MenuItem } from '../../components/menu.tsx';
import { Page } from '../../components/page.tsx';
import { SearchInput } from '../../components/search-input.tsx';
import { formatPlural } from '../../lib/format.ts';
import { useAppState, useJobs } from '../../stores/state.ts';
import { CataloguesDialog } from './catalogues-dialog.tsx';
import { CatalogueProblems } from './catalogue-problems.tsx';
import { JobList } from './job-list.tsx';
import styles from './jobs-page.module.css';
import { matchingJobs } from './matching.ts';
import { PublishDialog } from './publish-dialog.tsx';
import { Tasks } from './tasks.tsx';

export function JobsPage() {
  const jobs = useJobs();
  const hasCatalogue = useAppState(({ state }) => state !== undefined && state.catalogues.length > 0);
  const [dialog, setDialog] = useState<'catalogues' | 'publish'>();
  const [search, setSearch] = useState('');
  const searched = useDeferredValue(search);
  const found = useMemo(() => matchingJobs(jobs, searched), [jobs, searched]);
  const mounted = jobs.filter(({ state }) => state === 'mounted').length;

  return (
    <Page
      fixed
      title="Jobs"
      subtitle={
        jobs.length === 0
          ? 'Remote data, as local folders'
          : `${mounted} of ${formatPlural(jobs.length, 'job')} mounted`
      }
      actions={
        <div className={styles.tools}>
          {jobs.length > 0 && <SearchInput label="Search jobs" value={search} onChange={setSearch} />}
          <Menu
            trigger={
              <Button icon="plus" className={styles.add}>
                Add
              </Button>
            }
          >
            <MenuItem icon="cache" onSelect={() => setDialog('catalogues')}>
              Catalogues…
            </MenuItem>
            <MenuItem icon="upload" onSelect={() => setDialog('publish')}>
              Publish a folder…
            </MenuItem>
          </Menu>
        </div>
      }
    >
      <Tasks />
      <CatalogueProblems />
      {jobs.length === 0 ? (
        <NoJobs
          hasCatalogue={hasCatalogue}
          onAdd={() => setDialog('catalogues')}
          onPublish={() => setDialog('publish')}
        />
      ) : found.length === 0 ? (
        <EmptyState
          icon="search"
          title="No job matches"
          actions={<Button onClick={() => setSearch('')}>Clear search</Button>}
        >
          Names, mount points, sources and states are searched.
        </EmptyState>
      ) : (
        <JobList jobs={found} />
      )}
      <p className="visually-hidden" role="status">
        {searched === '' ? '' : `${formatPlural(found.length, 'job')} found`}
      </p>
      <CataloguesDialog open={dialog === 'catalogues'} onClose={() => setDialog(undefined)} />
      <PublishDialog open={dialog === 'publish'} onClose={() => setDialog(undefined)} />
    </Page>
  );
}

interface NoJobsProps {
  readonly hasCatalogue: boolean;
  readonly onAdd: () => void;
  readonly onPublish: () => void;
}

function NoJobs({ hasCatalogue, onAdd, onPublish }: NoJobsProps) {
  return (
    <EmptyState
      icon="jobs"
      title="No jobs yet"
      actions={
        <>
          <Button look="primary" onClick={onPublish}>
            Publish a folder
          </Button>
          <Button onClick={onAdd}>{hasCatalogue ? 'Catalogues' : 'Add a catalogue'}</Button>
        </>
      }
    >
      A job is a tree of files that can be mounted. Catalogues list jobs; publishing a folder makes one.
    </EmptyState>
  );
}
