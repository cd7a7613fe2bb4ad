/** The first page anybody sees: a demo that shows the idea in one click, and whether this machine has what is needed. */
import { useCallback, useEffect, useState } from 'react';
import { bridge } from '../../bridge/bridge.ts';
import { sentenceOf } from '../../bridge/failure.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { Card, Page, Section } from '../../components/page.tsx';
import { useAction } from '../../lib/use-action.ts';
import { navigate } from '../../stores/navigation.ts';
import { useAppState } from '../../stores/state.ts';
import type { SetupCheck } from '../../../src-main/ipc/contract.ts';
import { Checks } from './checks.tsx';
import styles from './first-run-page.module.css';
import { MountRoot } from './mount-root.tsx';

export interface FirstRunPageProps {
  /** The person does without the demo. */
  readonly onSkip: () => void;
}

export function FirstRunPage({ onSkip }: FirstRunPageProps) {
  const [checks, setChecks] = useState<readonly SetupCheck[]>();
  const [problem, setProblem] = useState<string>();
  const checking = useAction();
  const demo = useAction();

  const { run: runCheck } = checking;
  const check = useCallback(
    () =>
      runCheck(
        async () => {
          setChecks((await bridge.call('setup.check', {})).checks);
          setProblem(undefined);
        },
        (cause) => {
          setProblem(sentenceOf(cause));
          return true;
        },
      ),
    [runCheck],
  );
  const engine = useAppState(({ state }) => state?.engine.state);
  // When the page appears and when the engine comes or goes; else when asked to.
  useEffect(check, [check, engine]);

  const mountDemo = () =>
    demo.run(async () => {
      const { jobs } = await bridge.call('setup.demo', {});
      const [job] = jobs;
      if (job === undefined) return;
      await bridge.call('jobs.mount', { job });
      navigate({ page: 'job', job, path: '' });
    });

  return (
    <Page
      title="Welcome to Orbit GhostFS"
      subtitle="Remote data, as local folders. A block moves only when something reads it."
    >
      <Section title="Start">
        <Card className={styles.demo}>
          <div>
            <h3 className={styles.heading}>Try the demo</h3>
            <p className={styles.text}>
              A small catalogue with invented files, served from this machine. Mount it, open a file, and
              watch its blocks arrive.
            </p>
          </div>
          <Button look="primary" busy={demo.busy} onClick={mountDemo}>
            Mount the demo
          </Button>
        </Card>
        <Card className={styles.demo}>
          <div>
            <h3 className={styles.heading}>Use your own data</h3>
            <p className={styles.text}>Add a Magnetar catalogue, or publish a folder to make a job of it.</p>
          </div>
          <Button onClick={onSkip}>Go to jobs</Button>
        </Card>
      </Section>
      <Section
        title="This machine"
        aside={
          <Button look="quiet" icon="retry" busy={checking.busy} onClick={check}>
            Check again
          </Button>
        }
      >
        {problem !== undefined && <Banner tone="bad">{problem}</Banner>}
        <Checks checks={checks} />
      </Section>
      <Section title="Where jobs appear">
        <MountRoot onSaved={check} />
      </Section>
    </Page>
  );
}
