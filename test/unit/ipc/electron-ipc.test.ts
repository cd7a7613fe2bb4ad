/**
 * The transport of the app's window: whom it hears, when it hangs up, what it drags. Electron's own objects are stood in for
 * by emitters; the dispatcher is the real one. Also the preload script as it is built.
 */
import { spawnSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import type { IpcMain, Item, WebContents } from 'electron';
import { describe, expect, it } from 'vitest';
import { isOwnPage } from '../../../src-main/app/navigation-policy.ts';
import { silentLogger } from '../../../src-main/engine/log.ts';
import type { ServerMessage } from '../../../src-main/ipc/wire.ts';
import { CHANNELS, type ScreenBridge } from '../../../src-main/ipc/electron-channels.ts';
import { serveWindow } from '../../../src-main/ipc/electron-ipc.ts';
import { contractProgram, NEAR } from '../../helpers/contract-program.ts';
import { projectRoot } from '../../helpers/system.ts';
import { turn } from '../../helpers/virtual-clock.ts';

const OWN = 'orbit-ghost://app/#/jobs';
const INFO = { type: 'call', id: 1, method: 'app.info', input: {} };

class Frame {
  readonly frameTreeNodeId: number;
  readonly parent: Frame | null;
  url = OWN;

  constructor(frameTreeNodeId: number, parent: Frame | null = null) {
    this.frameTreeNodeId = frameTreeNodeId;
    this.parent = parent;
  }
}

class Contents extends EventEmitter {
  readonly mainFrame = new Frame(1);
  readonly sent: ServerMessage[] = [];
  readonly dragged: Item[] = [];
  destroyed = false;

  isDestroyed(): boolean {
    return this.destroyed;
  }

  send(channel: string, message: ServerMessage): void {
    if (channel === CHANNELS.answer) this.sent.push(message);
  }

  startDrag(item: Item): void {
    this.dragged.push(item);
  }
}

function setUp(drag: (job: unknown, path: unknown) => Item | undefined = () => undefined) {
  const ipc = new EventEmitter();
  const contents = new Contents();
  const program = contractProgram();
  const warnings: string[] = [];
  const spoken: string[] = [];
  const close = serveWindow({
    ipc: ipc as unknown as IpcMain,
    contents: contents as unknown as WebContents,
    dispatcher: program.dispatcher,
    caller: NEAR,
    isOwnPage,
    spoken: () => spoken.push(contents.mainFrame.url),
    drag,
    logger: { ...silentLogger, warn: (message) => void warnings.push(message) },
  });
  /** As the page in this frame, or somebody else's page, would send it. */
  const say = async (
    message: unknown,
    frame: Frame | null = contents.mainFrame,
    sender: unknown = contents,
  ): Promise<void> => {
    ipc.emit(CHANNELS.message, { sender, senderFrame: frame }, message);
    await turn();
  };
  return { ipc, contents, program, warnings, spoken, close, say };
}

describe('the window’s transport', () => {
  it('carries calls of the main frame, as a near caller', async () => {
    const { say, contents, program } = setUp();
    await say(INFO);
    expect(contents.sent).toMatchObject([{ type: 'result', id: 1 }]);
    expect(program.callers).toEqual([NEAR]);
  });

  it('tells the first word of each page, and of nobody else', async () => {
    const { say, contents, spoken } = setUp();
    await say(INFO, new Frame(2));
    expect(spoken).toEqual([]);
    await say(INFO);
    await say(INFO);
    expect(spoken).toEqual([OWN]);
    contents.emit('did-start-navigation', { isMainFrame: true, isSameDocument: false });
    await say(INFO);
    expect(spoken).toEqual([OWN, OWN]);
  });

  it('hears no other frame, no other page and no other window', async () => {
    const { say, contents, program, warnings } = setUp();
    await say(INFO, null);
    await say(INFO, new Frame(2, contents.mainFrame));
    await say(INFO, new Frame(2));
    await say(INFO, contents.mainFrame, new Contents());
    contents.mainFrame.url = 'https://example.org/';
    await say(INFO);
    expect(program.calls).toEqual([]);
    expect(contents.sent).toEqual([]);
    expect(warnings).toHaveLength(5);
  });

  it.each([undefined, null, 7, 'x', [], {}, { type: 'call' }, { ...INFO, more: 1 }])(
    'answers nonsense with a refusal and serves the next message anew: %j',
    async (message) => {
      const { say, contents } = setUp();
      await say(message);
      await say(INFO);
      expect(contents.sent).toMatchObject([{ type: 'refused' }, { type: 'result', id: 1 }]);
    },
  );

  it('ends a page’s subscriptions when it is loaded again, not when only its address changes', async () => {
    const { say, contents, program } = setUp();
    const subscribe = { type: 'subscribe', id: 1, topic: 'log', input: {} };
    await say(subscribe);
    contents.emit('did-start-navigation', { isMainFrame: true, isSameDocument: true });
    contents.emit('did-start-navigation', { isMainFrame: false, isSameDocument: false });
    expect(program.open()).toBe(1);
    contents.emit('did-start-navigation', { isMainFrame: true, isSameDocument: false });
    expect(program.open()).toBe(0);
    // The new page counts its ids from the start again.
    await say(subscribe);
    expect(program.open()).toBe(1);
    contents.emit('render-process-gone');
    expect(program.open()).toBe(0);
  });

  it('leaves nothing behind when the window is gone', async () => {
    const { say, contents, program, ipc } = setUp();
    await say({ type: 'subscribe', id: 1, topic: 'log', input: {} });
    contents.destroyed = true;
    contents.emit('destroyed');
    expect(program.open()).toBe(0);
    expect(ipc.eventNames()).toEqual([]);
    program.change();
  });

  it('stops when it is told to', () => {
    const { contents, ipc, close } = setUp();
    close();
    expect([...ipc.eventNames(), ...contents.eventNames()]).toEqual([]);
  });
});

describe('a drag', () => {
  it('starts before the handler returns, and only for our page', () => {
    const item = { file: '/mnt/a', icon: 'icon.png' };
    const asked: unknown[] = [];
    const { ipc, contents } = setUp((job, path) => {
      asked.push([job, path]);
      return item;
    });
    ipc.emit(CHANNELS.drag, { sender: contents, senderFrame: contents.mainFrame }, 'job', 'a');
    expect(contents.dragged).toEqual([item]);
    ipc.emit(CHANNELS.drag, { sender: contents, senderFrame: new Frame(2, contents.mainFrame) }, 'job', 'b');
    expect(asked).toEqual([['job', 'a']]);
  });

  it('that is refused drags nothing', () => {
    const { ipc, contents, warnings } = setUp();
    ipc.emit(CHANNELS.drag, { sender: contents, senderFrame: contents.mainFrame }, 'job', '../a');
    expect(contents.dragged).toEqual([]);
    expect(warnings).toHaveLength(1);
  });
});

describe('the preload script', () => {
  it('is one CommonJS file that needs nothing but Electron and shows the page three functions', () => {
    const directory = mkdtempSync(join(tmpdir(), 'preload-'));
    try {
      const script = join(projectRoot, 'build', 'make-preload.mjs');
      const built = spawnSync(process.execPath, [script, directory], { encoding: 'utf8' });
      expect(built.stderr).toBe('');
      const renderer = new EventEmitter();
      const sent: unknown[] = [];
      const exposed = new Map<string, ScreenBridge>();
      runInNewContext(readFileSync(join(directory, 'preload.cjs'), 'utf8'), {
        require: (name: string) => {
          expect(name).toBe('electron');
          return {
            contextBridge: { exposeInMainWorld: (key: string, api: ScreenBridge) => exposed.set(key, api) },
            ipcRenderer: Object.assign(renderer, { send: (...words: unknown[]) => sent.push(words) }),
          };
        },
      });
      const bridge = exposed.get('orbitGhost');
      expect([...exposed.keys()]).toEqual(['orbitGhost']);
      expect(Object.keys(bridge ?? {}).toSorted()).toEqual(['drag', 'onMessage', 'send']);
      const heard: unknown[][] = [];
      const end = bridge?.onMessage((...words) => heard.push(words));
      renderer.emit(CHANNELS.answer, { sender: 'secret' }, { type: 'refused', sentence: 'x' });
      end?.();
      renderer.emit(CHANNELS.answer, {}, { type: 'refused', sentence: 'y' });
      bridge?.send({ type: 'unsubscribe', id: 1 });
      bridge?.drag('job', 'a');
      expect(heard).toEqual([[{ type: 'refused', sentence: 'x' }]]);
      expect(sent).toEqual([
        [CHANNELS.message, { type: 'unsubscribe', id: 1 }],
        [CHANNELS.drag, 'job', 'a'],
      ]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
