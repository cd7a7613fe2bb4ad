/** Writes a support bundle where the program runs, and says where it is and what is in it. */
import { useState } from 'react';
import { bridge } from '../../bridge/bridge.ts';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Name } from '../../components/name.tsx';
import { Card } from '../../components/page.tsx';
import { useAction } from '../../lib/use-action.ts';
import styles from './support-bundle.module.css';

interface Bundle {
  readonly file: string;
  readonly parts: readonly string[];
}

export function SupportBundle() {
  const [bundle, setBundle] = useState<Bundle>();
  const { busy, run } = useAction();
  const write = () => run(async () => setBundle(await bridge.call('health.bundle', {})));
  return (
    <Card className={styles.card}>
      <p className={styles.text}>
        Versions, checks, settings, state and log in one file, for whoever helps you. Names, paths, addresses
        and keys are taken out; look through it before you pass it on.
      </p>
      <Button icon="download" busy={busy} onClick={write}>
        Write a bundle
      </Button>
      {bundle !== undefined && (
        <div className={styles.result} role="status">
          <span className={styles.file}>
            <Name text={bundle.file} mono />
            <CopyButton label="Copy the path of the bundle" text={bundle.file} />
          </span>
          <p className={styles.text}>It holds {bundle.parts.join(', ')}, and only you can read it.</p>
        </div>
      )}
    </Card>
  );
}
