/** The selected file: what can be done with it, who reads it, its blocks. */
import type { Job } from '../../../src-main/ipc/contract.ts';
import { bridge } from '../../bridge/bridge.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Name } from '../../components/name.tsx';
import { Card, Section } from '../../components/page.tsx';
import { joinPath } from '../../lib/paths.ts';
import type { PinsOfJob } from '../../lib/pins.ts';
import { useAction } from '../../lib/use-action.ts';
import { useConnection } from '../../stores/connection.ts';
import { BlockMapView } from './block-map-view.tsx';
import { KeepOffline } from './keep-offline.tsx';
import styles from './panel.module.css';
import { Readers } from './readers.tsx';
import { startDownload } from './start-download.ts';

export interface FilePanelProps {
  readonly job: Job;
  readonly folder: string;
  readonly name: string;
  /** Undefined until it is known. */
  readonly pins: PinsOfJob | undefined;
  readonly onClose: () => void;
}

export function FilePanel({ job, folder, name, pins, onClose }: FilePanelProps) {
  const path = joinPath(folder, name);
  return (
    <Card className={styles.panel}>
      <div className={styles.title}>
        <h2 className={styles.name} tabIndex={-1}>
          <Name text={name} />
        </h2>
        <IconButton icon="close" label="Close file" onClick={onClose} />
      </div>
      {job.state !== 'mounted' && (
        <p className={styles.hint}>Mount the job to open, copy or download this file.</p>
      )}
      <div className={styles.actions}>
        {job.state === 'mounted' && <FileActions job={job.key} path={path} />}
        <KeepOffline job={job} path={path} pins={pins} />
      </div>
      <BlockMapView job={job.key} path={path} />
      <Section title="Who is reading">
        <Readers job={job.key} path={path} />
      </Section>
    </Card>
  );
}

function FileActions({ job, path }: { readonly job: string; readonly path: string }) {
  const { reveal, download } = useConnection(({ can }) => can);
  const { busy, run } = useAction();
  return (
    <>
      {reveal && (
        <Button
          icon="reveal"
          busy={busy}
          onClick={() => run(() => bridge.call('files.reveal', { job, path }))}
        >
          Reveal
        </Button>
      )}
      {download && (
        <Button icon="download" busy={busy} onClick={() => run(() => startDownload(job, path))}>
          Download
        </Button>
      )}
      <CopyButton
        wide
        label="Copy path"
        text={async () => (await bridge.call('files.path', { job, path })).path}
      />
    </>
  );
}
