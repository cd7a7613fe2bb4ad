/** How much is logged, least first. Apart from any logger, so that parsing a command line loads none. */
import type { LogLevel } from '../../engine/log.ts';

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const satisfies readonly LogLevel[];
