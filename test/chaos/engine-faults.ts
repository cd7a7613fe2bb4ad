/**
 * Ways in which an engine ends, none of which it could prepare for. The heap is exhausted and the process aborted from within
 * through Node's own inspector, which a signal opens: the product has no hook for it.
 */
import { once } from 'node:events';
import { childCommand, type ChildCommand } from '../../src-main/supervisor/child-command.ts';
import { until } from '../helpers/system-until.ts';
import type { Supervised } from '../mount/supervised.ts';

/** Small enough to be full within a second. */
const HEAP_MIB = 192;
const LIMIT_MS = 60_000;

/** The engine with a small heap; its inspector, once opened, has a port of its own. */
export function inspectableEngine(): ChildCommand {
  const { executable, arguments: args } = childCommand('engine/control/engine-main');
  return {
    executable,
    arguments: ['--inspect-port=127.0.0.1:0', `--max-old-space-size=${HEAP_MIB}`, ...args],
  };
}

export type Fault = 'SIGKILL' | 'SIGSTOP' | 'SIGABRT' | 'heap' | 'responder heap' | 'responder hang';

const EXHAUST = '{ const kept = []; for (;;) kept.push(Array.from({ length: 1e4 }, () => ({}))); }';

/** The next read from the cache does not come back, as from a disk that does not answer. */
const HANG = `
  process.getBuiltinModule('node:fs').fstatSync = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  process.getBuiltinModule('node:module').syncBuiltinESMExports();
`;

/** Resolves when it is done to the engine that runs now, which may be a moment before that ends. */
export async function inflict(fault: Fault, { supervisor, log }: Supervised): Promise<void> {
  const pid = supervisor.enginePid ?? 0;
  if (fault === 'SIGKILL' || fault === 'SIGSTOP' || fault === 'SIGABRT') {
    process.kill(pid, fault);
    return;
  }
  const from = log.since(0).last;
  const address = (): string | undefined =>
    log
      .since(from)
      .lines.map(({ text }) => /Debugger listening on (ws:\S+)/.exec(text)?.[1])
      .find((found) => found !== undefined);
  process.kill(pid, 'SIGUSR1');
  await until('the inspector', () => address() !== undefined, LIMIT_MS);
  const socket = new WebSocket(address() ?? '');
  await once(socket, 'open');
  const send = (method: string, params: object = {}): void =>
    socket.send(JSON.stringify({ id: 1, method, params }));
  if (fault === 'heap') send('Runtime.evaluate', { expression: EXHAUST });
  else {
    socket.addEventListener('message', ({ data }) => {
      const { method, params } = JSON.parse(String(data)) as Attached;
      if (method !== 'NodeWorker.attachedToWorker' || !params.workerInfo.title.includes('responder')) return;
      const message = JSON.stringify({
        id: 2,
        method: 'Runtime.evaluate',
        params: { expression: fault === 'responder hang' ? HANG : EXHAUST },
      });
      send('NodeWorker.sendMessageToWorker', { sessionId: params.sessionId, message });
    });
    send('NodeWorker.enable', { waitForDebuggerOnStart: false });
  }
  await once(socket, 'close', { signal: AbortSignal.timeout(LIMIT_MS) });
}

/** A message of the inspector, as far as it is looked at. */
interface Attached {
  readonly method?: string;
  readonly params: { readonly sessionId: string; readonly workerInfo: { readonly title: string } };
}

/** Resolves when another engine serves what the one before did. */
export async function recovered({ supervisor, reaches }: Supervised, restarts: number): Promise<void> {
  await until(`restart ${restarts}`, () => supervisor.state().engine.restarts >= restarts, LIMIT_MS);
  await until('the engine', () => supervisor.state().engine.state === 'running', LIMIT_MS);
  await reaches('mounted');
}
