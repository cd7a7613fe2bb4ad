/** The block map of the file that is shown. The bytes stay out of the store; a revision says that they changed. */
import { create } from 'zustand';
import { bridge } from '../bridge/bridge.ts';
import { BlockMap } from './block-map.ts';

interface BlocksStore {
  /** Undefined until the first event. */
  readonly map: BlockMap | undefined;
  /** Grows with every change of the map. */
  readonly revision: number;
  readonly problem: string | undefined;
}

const NOTHING: BlocksStore = { map: undefined, revision: 0, problem: undefined };

export const useBlocks = create<BlocksStore>(() => NOTHING);

/** Forgets the reads that no longer glow. */
export function fadeReads(now: number): void {
  useBlocks.setState(({ map, revision }) =>
    map?.forgetReads(now) === true ? { revision: revision + 1 } : {},
  );
}

/** Follows one file until the returned function is called. One file at a time. */
export function followBlocks(job: string, path: string): () => void {
  const map = new BlockMap();
  const cancel = bridge.subscribe(
    'blocks',
    { job, path },
    (event) => {
      map.apply(event, Date.now());
      useBlocks.setState(({ revision }) => ({ map, revision: revision + 1, problem: undefined }));
    },
    { onProblem: ({ sentence }) => useBlocks.setState({ problem: sentence }) },
  );
  return () => {
    cancel();
    useBlocks.setState(NOTHING);
  };
}
