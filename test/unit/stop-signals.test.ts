/** Which signals count as one request to stop, and which as the second. */
import { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import { beforeEach, describe, expect, it } from 'vitest';
import { onStopSignals, signalExitCode } from '../../src-main/stop-signals.ts';

let now: number;
let origin: EventEmitter;
let heard: string[];
let unlisten: () => void;

beforeEach(() => {
  now = 5_000;
  origin = new EventEmitter();
  heard = [];
  unlisten = onStopSignals(
    { first: (signal) => heard.push(`first ${signal}`), again: (signal) => heard.push(`again ${signal}`) },
    { now: () => now, after: () => () => {} },
    origin,
  );
});

/** As Node tells a listener. */
function press(signal: NodeJS.Signals): void {
  origin.emit(signal, signal, constants.signals[signal]);
}

describe('stop signals', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s asks to stop', (signal) => {
    press(signal);
    expect(heard).toEqual([`first ${signal}`]);
  });

  it('takes one press that arrives twice for one request', () => {
    press('SIGINT');
    now += 20;
    press('SIGINT');
    expect(heard).toEqual(['first SIGINT']);
  });

  it('hears the second press', () => {
    press('SIGINT');
    now += 400;
    press('SIGINT');
    expect(heard).toEqual(['first SIGINT', 'again SIGINT']);
  });

  it('takes another signal for a second request at once', () => {
    press('SIGINT');
    press('SIGTERM');
    expect(heard).toEqual(['first SIGINT', 'again SIGTERM']);
  });

  it('takes the next one for a first again once what was asked for has been cancelled', () => {
    let isUnderWay = false;
    onStopSignals(
      {
        first: () => {
          isUnderWay = true;
          heard.push('asked');
        },
        again: () => heard.push('forced'),
        isUnderWay: () => isUnderWay,
      },
      { now: () => now, after: () => () => {} },
      origin,
    );
    unlisten();
    press('SIGTERM');
    isUnderWay = false;
    press('SIGINT');
    press('SIGHUP');
    expect(heard).toEqual(['asked', 'asked', 'forced']);
  });

  it('listens no more after the subscription ended', () => {
    unlisten();
    press('SIGINT');
    expect(heard).toEqual([]);
    expect(origin.eventNames()).toEqual([]);
  });

  it('knows what a shell reports', () => {
    expect([signalExitCode('SIGINT'), signalExitCode('SIGTERM'), signalExitCode('SIGHUP')]).toEqual([
      130, 143, 129,
    ]);
  });
});
