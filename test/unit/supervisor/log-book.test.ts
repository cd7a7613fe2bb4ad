/** The ring of the log's last lines. */
import { expect, test } from 'vitest';
import { silentLogger, type LogLevel } from '../../../src-main/engine/log.ts';
import { LogBook } from '../../../src-main/supervisor/log-book.ts';

test('keeps the last 500 lines, and tells each reader what is new', () => {
  const book = new LogBook({ level: () => 'info', printable: (text) => text });
  const logger = book.logger('engine', silentLogger);
  let changes = 0;
  book.subscribe(() => {
    changes += 1;
  });
  expect(book.since(0)).toEqual({ lines: [], last: 0 });
  for (let line = 1; line <= 700; line += 1) logger.info(`line ${line}`);
  const { lines, last } = book.since(0);
  expect(lines).toHaveLength(500);
  expect(lines[0]).toMatchObject({ text: 'line 201', from: 'engine', level: 'info' });
  expect(changes).toBe(700);
  logger.warn('one', new Error('because'));
  expect(book.since(last).lines).toMatchObject([{ text: 'one: because', level: 'warn' }]);
  expect(book.since(last + 1).lines).toEqual([]);
});

test('follows the level, passes everything on, and shows only what is harmless', () => {
  let level: LogLevel = 'warn';
  const passed: string[] = [];
  const book = new LogBook({ level: () => level, printable: (text) => text.replaceAll('secret', '***') });
  const next = { ...silentLogger, info: (message: string) => void passed.push(message) };
  const logger = book.logger('supervisor', next);
  logger.info('a secret');
  level = 'debug';
  logger.info('another secret');
  expect(passed).toEqual(['a secret', 'another secret']);
  expect(book.since(0).lines).toMatchObject([{ text: 'another ***' }]);
  logger.error('x'.repeat(100_000));
  expect(book.since(1).lines[0]?.text).toHaveLength(4_000);
});
