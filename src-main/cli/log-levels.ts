/** How much is logged, least first. Apart from logging.ts, so that parsing a command line loads no logger. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
