import type { ConnectionDetails_healthFragment } from '@intrallm/schema';
import { CheckStages } from '../../components/check-stages.js';
import { Notice } from '../../components/notice.js';
import { RelativeTime } from '../../components/relative-time.js';
import { TextButton } from '../../components/text-button.js';
import { useClock } from '../../lib/clock.js';
import type { Check } from '../../lib/live/use-check.js';
import classes from './connection-details.module.css';

interface LastCheckProps {
  readonly name: string;
  readonly health: ConnectionDetails_healthFragment;
  readonly mayCheck: boolean;
  readonly check: Pick<Check, 'running' | 'failure' | 'start'>;
}

/** What the last check found, stage by stage. */
export function LastCheck({ name, health, mayCheck, check }: LastCheckProps) {
  // Others that come by themselves are not shown: the end of one that changes nothing is not told, and it would seem to run on.
  const isFirst = health.checking && health.checkedAt === null;
  const running = check.running || isFirst;
  return (
    <section aria-label="Last check">
      <header className={classes.heading}>
        <h4>Last check</h4>
        <span>{health.checkedAt && <LastChecked at={health.checkedAt} />}</span>
        {mayCheck && (
          <TextButton
            className={classes.headingAction}
            aria-label={`${running ? 'Checking …' : 'Check now'}: ${name}`}
            disabled={running}
            onClick={() => void check.start()}
          >
            {running ? 'Checking …' : 'Check now'}
          </TextButton>
        )}
      </header>
      <CheckStages stages={health.stages.length > 0 ? health.stages : null} running={running} />
      {check.failure && <Notice tone="attention" announce fact="No check was started." hint={check.failure.message} />}
    </section>
  );
}

function LastChecked({ at }: { at: string }) {
  const isOver = useClock((nowMs) => nowMs - Date.parse(at) >= 60_000);
  return (
    <>
      <RelativeTime since={at} />
      {isOver && ' ago'}
    </>
  );
}
