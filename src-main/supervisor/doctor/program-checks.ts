/** What the program knows of itself: that it runs, how its engine is, whether its settings apply. Pure. */
import { ownCommand } from '../../output/own-command.ts';
import type { State } from '../../ipc/contract.ts';
import { withStop, type Check } from './check.ts';

/** Undefined: it does not run. */
export function programCheck(pid: number | undefined): Check {
  const sentence =
    pid === undefined ? `It does not run; \`${ownCommand()} up\` starts it.` : `It runs, as process ${pid}.`;
  return { name: 'Program', level: 'ok', sentence };
}

const ENGINE_NOW: Readonly<Record<State['engine']['state'], string>> = {
  starting: 'The engine is starting; check again in a moment.',
  running: 'The engine runs.',
  restarting: 'The engine is starting again; check again in a moment.',
  stopping: 'The engine is ending.',
  failed: 'The engine does not run; mount a job to start it.',
};

export function engineCheck({ state, sentence }: State['engine']): Check {
  const level = state === 'running' ? 'ok' : state === 'failed' ? 'problem' : 'warning';
  return { name: 'Engine', level, sentence: withStop(sentence ?? ENGINE_NOW[state]) };
}

export function settingsCheck(problem: string | undefined): Check {
  const name = 'Settings';
  if (problem === undefined) return { name, level: 'ok', sentence: 'All of them apply.' };
  return {
    name,
    level: 'problem',
    sentence: withStop(problem),
    remedy: 'Correct that in the file, or on the screen.',
  };
}
