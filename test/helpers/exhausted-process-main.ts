/** A process that uses up its descriptors, then writes to its log and looks into /proc; tells on standard output how that went. */
import { openSync, readFileSync, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { keepReserve, keptOpen, withReserve } from '../../src-main/engine/descriptors.ts';
import { createLogging } from '../../src-main/output/logging.ts';

const [, , directory = '', reserve] = process.argv;
const logger = createLogging({ level: 'info', directory, write: () => {} });
if (reserve === 'with') keepReserve();
const shares = [keptOpen(1024), keptOpen(8)];
const held: number[] = [];
try {
  for (;;) held.push(openSync('/dev/null', 'r'));
} catch {
  // None left.
}
const looks: string[] = [];
for (const time of [1, 2, 3]) {
  logger.error(`line ${time}`);
  await nextTurn();
  try {
    looks.push(withReserve(() => readFileSync('/proc/self/status', 'utf8')).slice(0, 5));
  } catch {
    looks.push('none');
  }
}
// What is held is held to the end.
for (const descriptor of held) readSync(descriptor, Buffer.alloc(1));
process.stdout.write(JSON.stringify({ shares, looks }));
