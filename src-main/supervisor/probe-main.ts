/**
 * A process that looks at one path and ends; its exit code is the errno of what it met, 0 when it was answered. Whoever serves
 * the path may never answer: then this process hangs and nobody else.
 */
import { statSync } from 'node:fs';
import { Errno } from '../engine/errors.ts';

const [, , path = ''] = process.argv;
try {
  statSync(path);
} catch (error) {
  const { code } = error as NodeJS.ErrnoException;
  process.exitCode = Errno[code as keyof typeof Errno];
}
