/** One job: its files on one side, the job or the selected file on the other. On a narrow screen one at a time. */
import { useMemo, useRef } from 'react';
import type { Entry, Job } from '../../../src-main/ipc/contract.ts';
import { bridge } from '../../bridge/bridge.ts';
import { Banner } from '../../components/banner.tsx';
import { Button, IconButton } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { cx } from '../../components/cx.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { JobStateBadge } from '../../components/job-state-badge.tsx';
import { MountButton } from '../../components/mount-button.tsx';
import { Name } from '../../components/name.tsx';
import { Page } from '../../components/page.tsx';
import { needsPerson } from '../../lib/job-condition.ts';
import { joinPath, parentPath } from '../../lib/paths.ts';
import { pinsOfJob, type PinsOfJob } from '../../lib/pins.ts';
import { visibleText } from '../../lib/text.ts';
import { useAction } from '../../lib/use-action.ts';
import { useFocusInHalves } from '../../lib/use-focus-in-halves.ts';
import { useCacheStatus } from '../../stores/cache.ts';
import { useConnection } from '../../stores/connection.ts';
import { navigate } from '../../stores/navigation.ts';
import { useJob } from '../../stores/state.ts';
import { Breadcrumb } from './breadcrumb.tsx';
import { FileBrowser } from './file-browser.tsx';
import { FilePanel } from './file-panel.tsx';
import styles from './job-page.module.css';
import { JobPanel } from './job-panel.tsx';
import { KeepOffline } from './keep-offline.tsx';

export interface JobPageProps {
  readonly job: string;
  readonly path: string;
  readonly file: string | undefined;
}

export function JobPage({ job: key, path, file }: JobPageProps) {
  const job = useJob(key);
  const pins = usePins(key);
  const list = useRef<HTMLElement>(null);
  const detail = useRef<HTMLElement>(null);
  useFocusInHalves(file, list, detail);
  if (job === undefined) {
    return (
      <Page title="Job">
        <EmptyState
          icon="jobs"
          title="This job is not listed any more"
          actions={<Button onClick={() => navigate({ page: 'jobs' })}>All jobs</Button>}
        >
          Its catalogue was removed or changed.
        </EmptyState>
      </Page>
    );
  }
  const open = (folder: string) => navigate({ page: 'job', job: key, path: folder });
  const select = (name: string | undefined) =>
    navigate({ page: 'job', job: key, path, ...(name !== undefined && { file: name }) }, { replace: true });
  const pick = ({ name, kind }: Entry) => (kind === 'directory' ? open(joinPath(path, name)) : select(name));

  return (
    <Page
      fixed
      title={<Name text={job.name} />}
      subtitle={<Where job={job} />}
      actions={<MountButton job={job} look="primary" />}
    >
      {job.problem !== null && (
        <Banner tone={needsPerson(job) ? 'bad' : 'warn'}>{visibleText(job.problem.sentence)}</Banner>
      )}
      <div className={cx(styles.split, file !== undefined && styles.withFile)}>
        <section ref={list} className={styles.files} aria-label="Files">
          <div className={styles.folder}>
            <Breadcrumb job={key} name={job.name} path={path} />
            <KeepOffline job={job} path={path} pins={pins} />
          </div>
          <FileBrowser
            key={path}
            job={key}
            path={path}
            selected={file}
            version={job.cachedBytes}
            pins={pins}
            onSelect={pick}
            onUp={() => path !== '' && open(parentPath(path))}
          />
        </section>
        <aside
          ref={detail}
          className={styles.panel}
          aria-label={file === undefined ? 'This job' : 'Selected file'}
        >
          {file === undefined ? (
            <JobPanel job={job} />
          ) : (
            <FilePanel job={job} folder={path} name={file} pins={pins} onClose={() => select(undefined)} />
          )}
        </aside>
      </div>
    </Page>
  );
}

/** Undefined until it is known. */
function usePins(job: string): PinsOfJob | undefined {
  const pins = useCacheStatus()?.pins;
  return useMemo(() => (pins === undefined ? undefined : pinsOfJob(pins, job)), [pins, job]);
}

function Where({ job }: { readonly job: Job }) {
  const canOpen = useConnection(({ can }) => can.reveal);
  const { busy, run } = useAction();
  return (
    <span className={styles.where}>
      <JobStateBadge job={job} />
      <Name mono text={job.mountPoint} />
      <CopyButton label="Copy mount point" text={job.mountPoint} />
      {canOpen && job.state === 'mounted' && (
        <IconButton
          icon="folder"
          label="Open folder"
          busy={busy}
          onClick={() => run(() => bridge.call('jobs.open', { job: job.key }))}
        />
      )}
    </span>
  );
}
