/** A search within the page; Ctrl+K goes there. Escape empties it. */
import type { ChangeEvent, KeyboardEvent } from 'react';
import { Icon } from './icon.tsx';
import styles from './search-input.module.css';

export interface SearchInputProps {
  /** What is searched: `Search jobs`. */
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function SearchInput({ label, value, onChange }: SearchInputProps) {
  return (
    <div className={styles.search}>
      <Icon name="search" />
      <input
        type="search"
        className={styles.input}
        aria-label={label}
        aria-keyshortcuts="Control+K"
        placeholder={label}
        autoComplete="off"
        spellCheck={false}
        value={value}
        onChange={(event: ChangeEvent<HTMLInputElement>) => onChange(event.target.value)}
        onKeyDown={(event: KeyboardEvent) => event.key === 'Escape' && onChange('')}
      />
    </div>
  );
}
