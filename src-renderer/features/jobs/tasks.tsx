/** What is being published, how far it is, and how it ended. */
import { bridge } from '../../bridge/bridge.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Badge, type Shape, type Tone } from '../../components/badge.tsx';
import { Name } from '../../components/name.tsx';
import { Card } from '../../components/page.tsx';
import { Progress } from '../../components/progress.tsx';
import { useAction } from '../../lib/use-action.ts';
import { visibleText } from '../../lib/text.ts';
import { navigate } from '../../stores/navigation.ts';
import { useAppState } from '../../stores/state.ts';
import type { Task } from '../../../src-main/ipc/contract.ts';
import styles from './tasks.module.css';

const ENDS: Readonly<
  Record<
    Exclude<Task['state'], 'running'>,
    { readonly tone: Tone; readonly shape: Shape; readonly text: string }
  >
> = {
  done: { tone: 'good', shape: 'disc', text: 'Done' },
  failed: { tone: 'bad', shape: 'cross', text: 'Failed' },
  cancelled: { tone: 'neutral', shape: 'square', text: 'Cancelled' },
};

export function Tasks() {
  const tasks = useAppState(({ state }) => state?.tasks);
  if (tasks === undefined || tasks.length === 0) return null;
  return (
    <section className={styles.tasks} aria-label="Tasks">
      {tasks.map((task) => (
        <TaskCard key={task.id} task={task} />
      ))}
    </section>
  );
}

function TaskCard({ task: { id, title, state, progress, detail, problem, job } }: { readonly task: Task }) {
  const { busy, run } = useAction();
  return (
    <Card className={styles.task}>
      <div className={styles.what}>
        <Name text={title} className={styles.title} />
        <span className={styles.detail}>{visibleText(problem?.sentence ?? detail)}</span>
      </div>
      {state === 'running' ? (
        <>
          <div className={styles.progress}>
            <Progress label="Progress" value={progress} />
          </div>
          <Button busy={busy} onClick={() => run(() => bridge.call('tasks.cancel', { task: id }))}>
            Cancel
          </Button>
        </>
      ) : (
        <>
          <Badge tone={ENDS[state].tone} shape={ENDS[state].shape}>
            {ENDS[state].text}
          </Badge>
          {job !== null && <Button onClick={() => navigate({ page: 'job', job, path: '' })}>Show job</Button>}
          <IconButton
            icon="close"
            label="Dismiss"
            busy={busy}
            onClick={() => run(() => bridge.call('tasks.dismiss', { task: id }))}
          />
        </>
      )}
    </Card>
  );
}
