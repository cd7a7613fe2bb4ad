/**
 * Runs beside the page in the app's own window, sandboxed; built into one CommonJS file because a sandboxed preload script
 * cannot be a module. Invariant: the page gets three functions and nothing of Electron.
 */
import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron';
import type { ServerMessage } from './wire.ts';
import { CHANNELS, type ScreenBridge } from './electron-channels.ts';

const bridge: ScreenBridge = {
  send: (message) => ipcRenderer.send(CHANNELS.message, message),
  onMessage(listener) {
    // The event would hand the page the sender itself.
    const relay = (_: IpcRendererEvent, message: ServerMessage): void => listener(message);
    ipcRenderer.on(CHANNELS.answer, relay);
    return () => void ipcRenderer.off(CHANNELS.answer, relay);
  },
  drag: (job, path) => ipcRenderer.send(CHANNELS.drag, job, path),
};

contextBridge.exposeInMainWorld('orbitGhost', bridge);
