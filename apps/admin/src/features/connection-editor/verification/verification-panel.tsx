import { VisuallyHidden } from '@mantine/core';
import type { ConnectionKind } from '@intrallm/schema';

import { TextButton } from '../../../components/buttons/text-button.js';
import { CheckStages } from '../../../components/status/check-stages.js';
import { readFailure } from '../../../lib/error-codes.js';
import type { CheckRun, Verification } from './use-verification.js';
import { type OutcomeActions, outcomeInWords, VerificationOutcome } from './verification-outcome.js';
import classes from './verification-panel.module.css';

interface VerificationPanelProps extends OutcomeActions {
  /** Of the values that stand in the form now; the answer for other values is `last` at most. */
  readonly run: CheckRun;
  /** The last answer of all. It is not shown again, but its room stays, so that the dialog does not jump. */
  readonly last: Verification | null;
  readonly url: string;
  readonly kind: ConnectionKind;
  readonly kindIsFixed: boolean;
  readonly onCheck: () => void;
}

/** What the trial of the endpoint found: its stages, and what follows from them. */
export function VerificationPanel({ run, last, onCheck, ...outcome }: VerificationPanelProps) {
  return (
    <section className={classes.panel} aria-label="Check of this endpoint" aria-busy={run.state === 'running'}>
      {last !== null && run.state !== 'answered' && (
        <div className={classes.room} aria-hidden inert>
          <CheckStages stages={last.stages} />
          <VerificationOutcome {...outcome} verification={last} />
        </div>
      )}
      <div className={classes.body}>
        {run.state === 'answered' ? (
          <>
            <CheckStages stages={run.verification.stages} />
            <VerificationOutcome {...outcome} verification={run.verification} />
          </>
        ) : (
          <>
            <CheckStages stages={null} running={run.state === 'running'} />
            <p className={classes.quiet}>
              {run.state === 'idle' && 'Checked when you leave the URL or key, paste, or press Enter.'}
              {run.state === 'running' && 'Checking …'}
              {run.state === 'failed' && (
                <>
                  The check could not be made. {readFailure(run.error).message}{' '}
                  <TextButton onClick={onCheck}>Try again</TextButton>
                </>
              )}
            </p>
          </>
        )}
      </div>
      <VisuallyHidden role="status">
        {run.state === 'running' && 'Checking the endpoint'}
        {run.state === 'answered' && outcomeInWords(run.verification)}
      </VisuallyHidden>
    </section>
  );
}
