/** What holds for the whole screen and needs a sentence: connection, engine, pause, settings file. */
import { bridge } from '../bridge/bridge.ts';
import { Banner } from '../components/banner.tsx';
import { Button } from '../components/button.tsx';
import { formatDuration } from '../lib/format.ts';
import { useAction } from '../lib/use-action.ts';
import { useNow } from '../lib/use-now.ts';
import { useConnection } from '../stores/connection.ts';
import { navigate, useNavigation } from '../stores/navigation.ts';
import { useAppState } from '../stores/state.ts';
import styles from './banners.module.css';

export function Banners() {
  const phase = useConnection((store) => store.phase);
  const heard = useAppState(({ state }) => state !== undefined);
  return <div className={styles.banners}>{phase === 'lost' ? <Disconnected /> : heard && <Connected />}</div>;
}

function Disconnected() {
  const since = useConnection((store) => store.since);
  const heard = useAppState(({ state }) => state !== undefined);
  const age = formatDuration(useNow() - since);
  return (
    <Banner tone="bad">
      <strong>Disconnected.</strong> Trying to reach Orbit GhostFS again. {/* Not read out each second. */}
      <span aria-live="off">{heard && `What you see is ${age} old. Mounted jobs may have ended.`}</span>
    </Banner>
  );
}

function Connected() {
  const engine = useAppState(({ state }) => state?.engine);
  const paused = useAppState(({ state }) => state?.paused === true);
  const problem = useAppState(({ state }) => state?.settingsProblem ?? null);
  return (
    <>
      {engine?.state === 'restarting' && (
        <Banner tone="warn" icon="retry">
          <strong>Engine restarting…</strong> Programs that read wait, and go on in a moment.
          {engine.sentence !== null && ` ${engine.sentence}`}
        </Banner>
      )}
      {engine?.state === 'starting' && (
        <Banner tone="info">
          <strong>Engine starting…</strong> Jobs can be mounted in a moment.
        </Banner>
      )}
      {engine?.state === 'failed' && (
        <Banner tone="bad" alert>
          <strong>The engine could not be started.</strong>{' '}
          {engine.sentence ?? 'Mounts do not answer. Quit Orbit GhostFS and start it again.'}
        </Banner>
      )}
      {paused && <Paused />}
      {problem !== null && <SettingsProblem sentence={problem} />}
    </>
  );
}

/** What applies instead depends on when and where the mistake was made; the program's sentence says it. */
function SettingsProblem({ sentence }: { readonly sentence: string }) {
  const isThere = useNavigation(({ place }) => place.page === 'settings');
  return (
    <Banner
      tone="warn"
      actions={!isThere && <Button onClick={() => navigate({ page: 'settings' })}>Settings</Button>}
    >
      <strong>Some settings do not apply.</strong> {sentence}
    </Banner>
  );
}

function Paused() {
  const { busy, run } = useAction();
  return (
    <Banner
      tone="warn"
      icon="pause"
      actions={
        <Button busy={busy} onClick={() => run(() => bridge.call('fetching.pause', { paused: false }))}>
          Resume
        </Button>
      }
    >
      <strong>Fetching is paused.</strong> Cached data can be read; everything else waits.
    </Banner>
  );
}
