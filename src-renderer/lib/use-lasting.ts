/** Whether something has been so for longer than a moment, for what would only flicker if it were shown at once. */
import { useEffect, useState } from 'react';

export function useLasting(so: boolean, momentMs: number): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!so) return undefined;
    const timer = setTimeout(() => setLasting(true), momentMs);
    return () => {
      clearTimeout(timer);
      setLasting(false);
    };
  }, [so, momentMs]);
  return lasting;
}
