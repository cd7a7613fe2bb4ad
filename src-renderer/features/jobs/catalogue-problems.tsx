/** Catalogues that cannot be read, each with why and a way to drop it. */
import { useShallow } from 'zustand/react/shallow';
import { bridge } from '../../bridge/bridge.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { visibleText } from '../../lib/text.ts';
import { useAction } from '../../lib/use-action.ts';
import { useAppState } from '../../stores/state.ts';

export function CatalogueProblems() {
  const broken = useAppState(
    useShallow(({ state }) => state?.catalogues.filter(({ problem }) => problem !== null) ?? []),
  );
  const { busy, run } = useAction();
  return broken.map(({ path, problem }) => (
    <Banner
      key={path}
      tone="warn"
      actions={
        <>
          <Button busy={busy} onClick={() => run(() => bridge.call('catalogues.refresh', {}))}>
            Try again
          </Button>
          <Button busy={busy} onClick={() => run(() => bridge.call('catalogues.remove', { path }))}>
            Remove
          </Button>
        </>
      }
    >
      {visibleText(problem?.sentence ?? '')}
    </Banner>
  ));
}
