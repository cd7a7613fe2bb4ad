/**
 * A child process that touches a mount for a test: does the operations given as JSON in its argument, one after the other,
 * and prints their outcomes as one line of JSON. Only such children touch a mount, so a test can never hang on it.
 */
import { operations } from './driver-probe-operations.ts';
import type { Outcome, ProbeRequest } from './driver-prober.ts';

function attempt([name, ...args]: ProbeRequest): Outcome {
  try {
    return { value: (operations[name] as (...values: readonly unknown[]) => unknown)(...args) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return { code };
  }
}

const requests = JSON.parse(process.argv[2] ?? '[]') as readonly ProbeRequest[];
process.stdout.write(`${JSON.stringify(requests.map(attempt))}\n`);
