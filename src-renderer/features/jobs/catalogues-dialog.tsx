/** Which catalogues are listed; add one, remove one, read them again. */
import { useState, type FormEvent } from 'react';
import { bridge } from '../../bridge/bridge.ts';
import { sentenceOf } from '../../bridge/failure.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Name } from '../../components/name.tsx';
import { PathField } from '../../components/path-field.tsx';
import { formatPlural } from '../../lib/format.ts';
import { shownName, visibleText } from '../../lib/text.ts';
import { useAction } from '../../lib/use-action.ts';
import { useAppState } from '../../stores/state.ts';
import { showToast } from '../../stores/toasts.ts';
import styles from './catalogues-dialog.module.css';

export interface CataloguesDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
}

export function CataloguesDialog({ open, onClose }: CataloguesDialogProps) {
  const { busy, run } = useAction();
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Catalogues"
      description="A catalogue is a Magnetar database; its jobs appear in the list."
      actions={
        <>
          <Button icon="retry" busy={busy} onClick={() => run(() => bridge.call('catalogues.refresh', {}))}>
            Read again
          </Button>
          <Button look="primary" onClick={onClose}>
            Done
          </Button>
        </>
      }
    >
      <Catalogues />
      <AddCatalogue />
    </Dialog>
  );
}

function Catalogues() {
  const catalogues = useAppState(({ state }) => state?.catalogues);
  const { busy, run } = useAction();
  if (catalogues === undefined || catalogues.length === 0) return null;
  return (
    <ul className={styles.list} aria-label="Catalogues">
      {catalogues.map(({ path, jobs, problem }) => (
        <li key={path} className={styles.catalogue}>
          <span className={styles.what}>
            <Name mono text={path} />
            <span className={styles.quiet}>
              {problem === null ? formatPlural(jobs, 'job') : visibleText(problem.sentence)}
            </span>
          </span>
          <IconButton
            icon="trash"
            label={`Remove ${shownName(path, 80)} from the list`}
            busy={busy}
            onClick={() => run(() => bridge.call('catalogues.remove', { path }))}
          />
        </li>
      ))}
    </ul>
  );
}

function AddCatalogue() {
  const [path, setPath] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const { busy, run } = useAction();
  const add = (event: FormEvent) => {
    event.preventDefault();
    run(
      async () => {
        const { jobs } = await bridge.call('catalogues.add', { path: path.trim() });
        setPath('');
        setProblem(null);
        showToast({
          tone: 'good',
          text: `The catalogue was added with ${formatPlural(jobs.length, 'job')}.`,
        });
      },
      (cause) => {
        setProblem(sentenceOf(cause));
        return true;
      },
    );
  };
  return (
    <form className={styles.add} onSubmit={add}>
      <PathField
        label="Add a catalogue"
        help="The path of a .db file on the machine where Orbit GhostFS runs."
        placeholder="/home/you/magnetar.db"
        what="catalogue"
        problem={problem}
        value={path}
        onChange={setPath}
      />
      <Button submit icon="plus" busy={busy} disabled={path.trim() === ''}>
        Add
      </Button>
    </form>
  );
}
