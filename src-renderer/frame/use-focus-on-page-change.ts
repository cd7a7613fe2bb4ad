/** Moves the focus to the new page's heading, so that keyboard and screen reader start there; not at the first page. */
import { useEffect, useRef } from 'react';
import type { Place } from '../stores/navigation.ts';

export function useFocusOnPageChange(place: Place): void {
  const page = place.page === 'job' ? place.job : place.page;
  const previous = useRef(page);
  useEffect(() => {
    if (previous.current === page) return;
    previous.current = page;
    document.getElementById('page-title')?.focus();
  }, [page]);
}
