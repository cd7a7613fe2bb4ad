/** The state of a job as a word and a shape; of a mounted one also whether its sources can be used. */
import type { Job } from '../../src-main/ipc/contract.ts';
import { jobCondition, type JobCondition } from '../lib/job-condition.ts';
import { Badge, type Shape, type Tone } from './badge.tsx';

const LOOKS: Readonly<
  Record<JobCondition, { readonly tone: Tone; readonly shape: Shape; readonly text: string }>
> = {
  unmounted: { tone: 'neutral', shape: 'ring', text: 'Not mounted' },
  mounting: { tone: 'accent', shape: 'half', text: 'Mounting' },
  mounted: { tone: 'good', shape: 'disc', text: 'Mounted' },
  offline: { tone: 'warn', shape: 'ring', text: 'Offline' },
  refused: { tone: 'bad', shape: 'square', text: 'No access' },
  unmounting: { tone: 'accent', shape: 'half', text: 'Unmounting' },
  failed: { tone: 'bad', shape: 'cross', text: 'Failed' },
};

export function JobStateBadge({ job }: { readonly job: Job }) {
  const { tone, shape, text } = LOOKS[jobCondition(job)];
  return (
    <Badge tone={tone} shape={shape}>
      {text}
    </Badge>
  );
}
