import type { CheckStages_stageFragment, ConnectionDetails_healthFragment } from '@intrallm/schema';
import { TextButton } from '../../components/buttons/text-button.js';
import { Notice } from '../../components/notice.js';
import { RelativeTime } from '../../components/relative-time.js';
import { CheckStages } from '../../components/status/check-stages.js';
import { useClock } from '../../lib/clock.js';
import { sentence } from '../../lib/format/sentence.js';
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
  // Others that come by themselves are not shown: the end of one that changes nothing is not told, and it would seem to
  // run on.
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
      {!running && health.stages.map((stage) => <StageProblem key={stage.stage} stage={stage} of={health} />)}
      {check.failure && <Notice tone="attention" announce fact="No check was started." hint={check.failure.message} />}
    </section>
  );
}

/**
 * What is wrong at a stage, such as models that were left out. What the row of the connection says already is not
 * repeated.
 */
function StageProblem({ stage, of }: { stage: CheckStages_stageFragment; of: ConnectionDetails_healthFragment }) {
  const { problem, state } = stage;
  if (problem === null || problem.message === of.problem?.message) return null;
  return (
    <Notice tone={state === 'FAILED' ? 'offline' : 'attention'} fact={sentence(problem.message)} hint={problem.hint} />
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
