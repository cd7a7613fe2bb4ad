/** The time, renewed once a second, for ages. A page that shows none pays nothing. */
import { useEffect, useState } from 'react';

const SECOND = 1_000;

export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), SECOND);
    return () => clearInterval(timer);
  }, []);
  return now;
}
