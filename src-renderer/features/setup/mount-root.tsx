/** The folder below which jobs are mounted, as the settings have it; may be changed before anything is mounted. */
import { useState, type FormEvent } from 'react';
import { sentenceOf } from '../../bridge/failure.ts';
import { Button } from '../../components/button.tsx';
import { PathField } from '../../components/path-field.tsx';
import { Card } from '../../components/page.tsx';
import { useAction } from '../../lib/use-action.ts';
import { saveSettings, useSettings } from '../../stores/settings.ts';
import { showToast } from '../../stores/toasts.ts';
import styles from './mount-root.module.css';

const KEY = 'mount-root';

export function MountRoot({ onSaved }: { readonly onSaved: () => void }) {
  const field = useSettings()?.fields.find(({ key }) => key === KEY);
  const [draft, setDraft] = useState<string>();
  const [problem, setProblem] = useState<string | null>(null);
  const { busy, run } = useAction();
  const saved = typeof field?.value === 'string' ? field.value : '';
  const value = draft ?? saved;

  const save = (event: FormEvent) => {
    event.preventDefault();
    run(
      async () => {
        await saveSettings({ [KEY]: value });
        setDraft(undefined);
        setProblem(null);
        showToast({ tone: 'good', text: 'The mount root was saved.' });
        onSaved();
      },
      (cause) => {
        setProblem(sentenceOf(cause));
        return true;
      },
    );
  };
  return (
    <Card>
      <form className={styles.form} onSubmit={save}>
        <PathField
          label="Mount root"
          help={field?.help ?? 'Each job is mounted in a folder of its own below this one.'}
          placeholder=""
          what="folder"
          problem={problem}
          value={value}
          onChange={setDraft}
        />
        <Button submit busy={busy} disabled={value === saved || value.trim() === ''}>
          Save
        </Button>
      </form>
    </Card>
  );
}
