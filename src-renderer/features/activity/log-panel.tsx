/** The log of the program as it is written, with a level and words to look for. Kept while the page is open, no longer. */
import { useEffect, useMemo, useState } from 'react';
import { bridge } from '../../bridge/bridge.ts';
import { Select, TextInput } from '../../components/field.tsx';
import { Section } from '../../components/page.tsx';
import { LogLines } from './log-lines.tsx';
import { appendLines, filterLines, LOG_LEVELS } from './log-tail.ts';
import type { LogLevel, TailLine } from './log-tail.ts';
import styles from './log-lines.module.css';

const LEVEL_WORDS = {
  error: 'Errors',
  warn: 'Warnings and worse',
  info: 'Information and worse',
  debug: 'Everything',
} as const satisfies Record<LogLevel, string>;

export function LogPanel() {
  const [lines, setLines] = useState<readonly TailLine[]>([]);
  const [level, setLevel] = useState<LogLevel>('debug');
  const [text, setText] = useState('');
  useEffect(
    () =>
      bridge.subscribe('log', {}, (event) => {
        setLines((tail) => appendLines(tail, event.lines));
      }),
    [],
  );
  const shown = useMemo(() => filterLines(lines, { level, text }), [lines, level, text]);
  return (
    <Section
      title="Log"
      aside={
        <div className={styles.filters}>
          <Select
            className={styles.level}
            aria-label="Level"
            value={level}
            onChange={({ target }) => setLevel(LOG_LEVELS.find((known) => known === target.value) ?? 'debug')}
          >
            {LOG_LEVELS.map((known) => (
              <option key={known} value={known}>
                {LEVEL_WORDS[known]}
              </option>
            ))}
          </Select>
          <TextInput
            className={styles.text}
            type="search"
            aria-label="Words in the log"
            placeholder="Find words"
            value={text}
            onChange={({ target }) => setText(target.value)}
          />
        </div>
      }
    >
      <LogLines
        lines={shown}
        none={lines.length === 0 ? 'Nothing has been logged yet.' : 'No line has these words at this level.'}
      />
    </Section>
  );
}
