import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { TextButton } from '../../components/buttons/text-button.js';
import { smallIconProps } from '../../lib/icon.js';
import { useCheck } from '../../lib/live/use-check.js';
import classes from './check-all.module.css';

interface CheckAllProps {
  className: string;
  disabled: boolean;
  onDone: () => void;
}

/** Checks every connection now and says how far it is. */
export function CheckAll({ className, disabled, onDone }: CheckAllProps) {
  const { progress, running, failure, start, cancel } = useCheck(null, onDone);
  if (running) {
    return (
      <div className={classes.running}>
        <span role="status">{progress ? `Checked ${progress.done} of ${progress.total}` : 'Checking…'}</span>
        <progress
          className={classes.bar}
          aria-label="Checked connections"
          max={Math.max(1, progress?.total ?? 1)}
          value={progress?.done ?? 0}
        />
        <TextButton disabled={!progress} onClick={() => void cancel()}>
          Cancel
        </TextButton>
      </div>
    );
  }
  return (
    <>
      <Button
        variant="default"
        className={className}
        leftSection={<IconRefresh {...smallIconProps} />}
        disabled={disabled}
        onClick={() => void start()}
      >
        Check all
      </Button>
      {failure && (
        <span className={classes.failure} role="alert">
          {failure.message}
        </span>
      )}
    </>
  );
}
