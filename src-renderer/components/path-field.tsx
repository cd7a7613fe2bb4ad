/** A field for a path of this machine, with the host's own chooser where there is one. */
import { bridge } from '../bridge/bridge.ts';
import { useAction } from '../lib/use-action.ts';
import { useConnection } from '../stores/connection.ts';
import { Button } from './button.tsx';
import { Field, TextInput } from './field.tsx';
import styles from './path-field.module.css';

export interface PathFieldProps {
  readonly label: string;
  readonly help: string;
  readonly placeholder: string;
  readonly what: 'folder' | 'catalogue';
  readonly problem: string | null;
  readonly value: string;
  readonly onChange: (path: string) => void;
}

export function PathField({ label, help, placeholder, what, problem, value, onChange }: PathFieldProps) {
  const canChoose = useConnection(({ can }) => can.choose);
  const { busy, run } = useAction();
  const choose = () =>
    run(async () => {
      const { path } = await bridge.call('dialog.choose', { what });
      if (path !== null) onChange(path);
    });
  return (
    <Field label={label} help={help} problem={problem}>
      {(control) => (
        <div className={styles.row}>
          <TextInput
            {...control}
            className={styles.path}
            required
            value={value}
            placeholder={placeholder}
            onChange={(event) => onChange(event.target.value)}
          />
          {canChoose && (
            <Button icon="folder" busy={busy} onClick={choose}>
              Choose…
            </Button>
          )}
        </div>
      )}
    </Field>
  );
}
