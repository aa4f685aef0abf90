import { VisuallyHidden } from '@mantine/core';
import { createContext, use, useCallback, useState, type ReactNode } from 'react';

const AnnounceContext = createContext<(words: string) => void>(() => undefined);

/** Tells screen readers what others see change by itself. Polite: it waits until they have finished speaking. */
export function useAnnounce(): (words: string) => void {
  return use(AnnounceContext);
}

export function Announcer({ children }: { children: ReactNode }) {
  const [words, setWords] = useState('');
  const announce = useCallback((next: string) => setWords(next), []);
  return (
    <AnnounceContext value={announce}>
      {children}
      <VisuallyHidden role="status">{words}</VisuallyHidden>
    </AnnounceContext>
  );
}
