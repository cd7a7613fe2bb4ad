/** The state of a job as a word and a shape. */
import type { Job } from '../../src-main/ipc/contract.ts';
import { Badge, type Shape, type Tone } from './badge.tsx';

const LOOKS: Readonly<
  Record<Job['state'], { readonly tone: Tone; readonly shape: Shape; readonly text: string }>
> = {
  unmounted: { tone: 'neutral', shape: 'ring', text: 'Not mounted' },
  mounting: { tone: 'accent', shape: 'half', text: 'Mounting' },
  mounted: { tone: 'good', shape: 'disc', text: 'Mounted' },
  unmounting: { tone: 'accent', shape: 'half', text: 'Unmounting' },
  failed: { tone: 'bad', shape: 'cross', text: 'Failed' },
};

export function JobStateBadge({ state }: { readonly state: Job['state'] }) {
  const { tone, shape, text } = LOOKS[state];
  return (
    <Badge tone={tone} shape={shape}>
      {text}
    </Badge>
  );
}
