/** Makes a job of a folder. The work goes on in the background as a task of the jobs page. */
import { useState, type FormEvent } from 'react';
import { bridge } from '../../bridge/bridge.ts';
import { sentenceOf } from '../../bridge/failure.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field, TextInput } from '../../components/field.tsx';
import { PathField } from '../../components/path-field.tsx';
import { useAction } from '../../lib/use-action.ts';
import { PublishTarget, usePublishTarget } from './publish-target.tsx';
import styles from './publish-dialog.module.css';

/** The contract's limit for a name. */
const NAME_CHARACTERS = 200;
const FORM = 'publish-form';

export interface PublishDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
}

export function PublishDialog({ open, onClose }: PublishDialogProps) {
  const [directory, setDirectory] = useState('');
  const [name, setName] = useState('');
  const target = usePublishTarget();
  const [problem, setProblem] = useState<string | null>(null);
  const { busy, run } = useAction();
  const close = () => {
    setProblem(null);
    onClose();
  };
  const publish = (event: FormEvent) => {
    event.preventDefault();
    run(
      async () => {
        await bridge.call('jobs.publish', {
          directory: directory.trim(),
          ...(name.trim() !== '' && { name: name.trim() }),
          // One that is still to be made cannot be named.
          ...(target.isListed && { catalogue: target.path }),
        });
        setDirectory('');
        setName('');
        close();
      },
      (cause) => {
        setProblem(sentenceOf(cause));
        return true;
      },
    );
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      title="Publish a folder"
      description="Its files are listed and their digests computed; nothing is copied. The folder stays the source of the job."
      actions={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button submit form={FORM} look="primary" busy={busy} disabled={directory.trim() === ''}>
            Publish
          </Button>
        </>
      }
    >
      <form id={FORM} className={styles.form} onSubmit={publish}>
        <PathField
          label="Folder or URL"
          help="A folder of the machine where Orbit GhostFS runs, or the http(s) URL of one."
          placeholder="/srv/data"
          what="folder"
          problem={problem}
          value={directory}
          onChange={setDirectory}
        />
        <Field label="Name" help="Left empty, the folder's own name.">
          {(control) => (
            <TextInput
              {...control}
              maxLength={NAME_CHARACTERS}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <PublishTarget target={target} />
      </form>
    </Dialog>
  );
}
