import { VisuallyHidden } from '@mantine/core';
import {
  IconAlertCircle,
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconHelpCircle,
  IconMinus,
} from '@tabler/icons-react';
import type { CheckStages_stageFragment } from '@intrallm/schema';

import { formatLatency } from '../../lib/format/duration.js';
import classes from './check-stages.module.css';

type Stage = CheckStages_stageFragment;

const ORDER: readonly Stage['stage'][] = ['ADDRESS', 'CONNECT', 'TLS', 'AUTH', 'CATALOGUE'];

const NAMES: Readonly<Record<string, string>> = {
  ADDRESS: 'Address',
  CONNECT: 'Connect',
  TLS: 'TLS',
  AUTH: 'Key',
  CATALOGUE: 'Models',
};

const LOOKS: Readonly<Record<string, { Icon: typeof IconMinus; word: string }>> = {
  PASSED: { Icon: IconCircleCheck, word: 'passed' },
  WARNING: { Icon: IconAlertTriangle, word: 'warning' },
  FAILED: { Icon: IconAlertCircle, word: 'failed' },
  SKIPPED: { Icon: IconMinus, word: 'skipped' },
  UNPROVEN: { Icon: IconHelpCircle, word: 'not proven' },
  WAITING: { Icon: IconCircleDashed, word: 'not checked yet' },
};
const UNKNOWN_LOOK = { Icon: IconHelpCircle, word: 'unknown' };

interface CheckStagesProps {
  /** Null: no check has been made yet. */
  readonly stages: readonly Stage[] | null;
  readonly running?: boolean;
}

/** The stages of a check in their order, each with its icon, its name and what was found there. */
export function CheckStages({ stages, running = false }: CheckStagesProps) {
  return (
    <ul className={classes.stages} data-running={running || undefined}>
      {ORDER.map((name) => {
        const result = running ? undefined : stages?.find(({ stage }) => stage === name);
        const { Icon, word } = LOOKS[result?.state ?? 'WAITING'] ?? UNKNOWN_LOOK;
        const detail = result ? detailOf(result) : null;
        const state = running ? 'being checked' : word;
        // Where the detail is the state itself, it is said once.
        const spoken = detail === null ? state : `${state}:`;
        return (
          <li key={name} className={classes.stage} data-state={result?.state ?? 'WAITING'}>
            <Icon size={18} stroke={1.7} className={classes.icon} aria-hidden />
            <span className={classes.name}>{NAMES[name] ?? name}</span>
            {detail !== word && <VisuallyHidden>{spoken}</VisuallyHidden>}
            {detail && <span className={classes.detail}>{detail}</span>}
          </li>
        );
      })}
    </ul>
  );
}

/**
 * What was found, else how long it took, else the state as a word. A key that was not needed is never called accepted.
 */
function detailOf({ stage, state, detail, ms }: Stage): string {
  if (state === 'UNPROVEN') return detail ?? 'this list is open to everybody';
  if (detail) return detail;
  if (ms !== null && state === 'PASSED') return formatLatency(ms);
  if (state === 'PASSED') return stage === 'AUTH' ? 'accepted' : 'fine';
  return (LOOKS[state] ?? UNKNOWN_LOOK).word;
}
