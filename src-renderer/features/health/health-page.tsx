/**
 * What the program needs and how well it is: each thing that was looked at with what to do, a button that mends what can be
 * mended, and a support bundle to pass on. Looks when it opens and when asked to.
 */
import { useCallback, useEffect, useState } from 'react';
import { bridge } from '../../bridge/bridge.ts';
import { sentenceOf } from '../../bridge/failure.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { Page, Section } from '../../components/page.tsx';
import { formatPlural } from '../../lib/format.ts';
import { useAction } from '../../lib/use-action.ts';
import { useConnection } from '../../stores/connection.ts';
import type { HealthCheck } from '../../../src-main/ipc/contract.ts';
import { CheckList } from './check-list.tsx';
import styles from './health-page.module.css';
import { SupportBundle } from './support-bundle.tsx';

export function HealthPage() {
  const [checks, setChecks] = useState<readonly HealthCheck[]>();
  const [mended, setMended] = useState<readonly string[]>([]);
  const [failure, setFailure] = useState<string>();
  const connected = useConnection(({ phase }) => phase === 'open');
  const { busy, run } = useAction();

  const look = useCallback(
    (ask: () => Promise<{ readonly checks: readonly HealthCheck[]; readonly mended?: readonly string[] }>) =>
      run(
        async () => {
          const found = await ask();
          setChecks(found.checks);
          setMended(found.mended ?? []);
          setFailure(undefined);
        },
        (cause) => {
          setFailure(sentenceOf(cause));
          return true;
        },
      ),
    [run],
  );
  const check = useCallback(() => look(() => bridge.call('health.check', {})), [look]);
  // Asked again after a lost connection: the program may be another one.
  useEffect(() => {
    if (connected) check();
  }, [connected, check]);

  const mendable = checks?.some(({ level, mendable }) => mendable && level !== 'ok') === true;
  return (
    <Page
      title="Health"
      subtitle={summary(checks)}
      actions={
        <>
          <Button icon="retry" busy={busy} onClick={check}>
            Check again
          </Button>
          {mendable && (
            <Button look="primary" busy={busy} onClick={() => look(() => bridge.call('health.mend', {}))}>
              Mend
            </Button>
          )}
        </>
      }
    >
      {failure !== undefined && <Banner tone="bad">{failure}</Banner>}
      {mended.length > 0 && (
        <Banner tone="info" icon="check">
          <ul className={styles.mended}>
            {mended.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </Banner>
      )}
      {(checks !== undefined || failure === undefined) && <CheckList checks={checks} />}
      <Section title="Support bundle">
        <SupportBundle />
      </Section>
    </Page>
  );
}

function summary(checks: readonly HealthCheck[] | undefined): string {
  if (checks === undefined) return 'Looking…';
  const count = (level: HealthCheck['level']): number => checks.filter((one) => one.level === level).length;
  const [problems, warnings] = [count('problem'), count('warning')];
  if (problems + warnings === 0) return 'All is well.';
  return `${formatPlural(problems, 'problem')}, ${formatPlural(warnings, 'warning')}`;
}
