import { Button } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { copyText } from '../../lib/clipboard.js';

interface CopyButtonProps {
  value: string;
  label: string;
}

/** Copies a text, and says in its own words whether that worked. */
export function CopyButton({ value, label }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<'copied' | 'refused' | null>(null);
  useEffect(() => {
    if (!outcome) return;
    const timer = setTimeout(() => setOutcome(null), 2500);
    return () => clearTimeout(timer);
  }, [outcome]);

  const copy = () =>
    copyText(value).then(
      () => setOutcome('copied'),
      () => setOutcome('refused'),
    );
  const words = { copied: 'Copied', refused: 'Select and copy it' };

  return (
    <Button
      variant="default"
      size="compact-sm"
      aria-label={outcome ? undefined : label}
      leftSection={outcome === 'copied' ? <IconCheck size={15} stroke={1.7} /> : <IconCopy size={15} stroke={1.7} />}
      onClick={() => void copy()}
    >
      <span aria-live="polite">{outcome ? words[outcome] : 'Copy'}</span>
    </Button>
  );
}
