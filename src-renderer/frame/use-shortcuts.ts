/** Alt+Shift and a page's letter opens it; Ctrl+K (Command+K) goes to the page's search. Codes, since Alt changes characters. */
import { useEffect } from 'react';
import { navigate } from '../stores/navigation.ts';
import { PAGES } from './sidebar.tsx';

export function useShortcuts(): void {
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => {
      if (event.altKey && event.shiftKey) {
        const target = PAGES.find(({ key }) => event.code === `Key${key}`);
        if (target === undefined || isTyping(event.target)) return;
        event.preventDefault();
        navigate({ page: target.page });
      } else if ((event.ctrlKey || event.metaKey) && event.code === 'KeyK') {
        const search = document.querySelector<HTMLInputElement>('main input[type="search"]');
        if (search === null) return;
        event.preventDefault();
        search.focus();
        search.select();
      }
    };
    addEventListener('keydown', listener);
    return () => removeEventListener('keydown', listener);
  }, []);
}

/** On some keyboards the same keys write a letter, and a form must not be lost by them. */
function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, [role="dialog"]') !== null;
}
