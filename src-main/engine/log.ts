/** What the engine needs of a logger. The composition root supplies electron-log's node build; tests supply a recorder. */
export interface Logger {
  error(message: string, details?: unknown): void;
  warn(message: string, details?: unknown): void;
  info(message: string, details?: unknown): void;
  debug(message: string, details?: unknown): void;
}

export type LogLevel = keyof Logger;

export const silentLogger: Logger = {
  error() {},
  warn() {},
  info() {},
  debug() {},
};
