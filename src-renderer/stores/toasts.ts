/** Messages about what just happened. Good ones leave by themselves; failures stay until they are closed. */
import { create } from 'zustand';

/** Time to read two lines, also for a slow reader. */
const SHOWN_MS = 6_000;
/** More than this would cover the page; the oldest goes. */
const MOST = 4;

export interface Toast {
  readonly id: number;
  readonly tone: 'good' | 'info' | 'bad';
  readonly text: string;
}

interface ToastStore {
  readonly toasts: readonly Toast[];
}

export const useToasts = create<ToastStore>(() => ({ toasts: [] }));

let nextId = 1;

export function showToast({ tone, text }: Omit<Toast, 'id'>): void {
  const id = nextId++;
  useToasts.setState(({ toasts }) => {
    // The same failure twice is one message.
    const others = toasts.filter((toast) => toast.text !== text);
    return { toasts: [...others, { id, tone, text }].slice(-MOST) };
  });
  if (tone !== 'bad') setTimeout(() => dismissToast(id), SHOWN_MS);
}

export function dismissToast(id: number): void {
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }));
}
