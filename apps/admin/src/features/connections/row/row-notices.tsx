import { IconAlertTriangle, IconClock, IconKey, IconPlugConnectedX } from '@tabler/icons-react';
import { TextButton } from '../../../components/buttons/text-button.js';
import { Notice } from '../../../components/notice.js';
import type { Failure } from '../../../lib/error-codes.js';
import { sentence } from '../../../lib/format/sentence.js';
import { smallIconProps } from '../../../lib/icon.js';
import type { Check } from '../../../lib/live/use-check.js';
import type { Connection } from '../use-connections.js';
import type { StatusWords } from './status-words.js';

interface RowNoticesProps {
  connection: Connection;
  words: StatusWords;
  check: Check;
  mayWrite: boolean;
  /** Hints that the page gives for all connections that they hold for, one a line: not said here again. */
  sharedHints: string;
  /** What was tried in this row and did not work. */
  failures: readonly (Failure | null)[];
  onEdit: (connection: Connection) => void;
}

/** Everything that is the matter with one connection, in its row. */
export function RowNotices({ connection, words, check, mayWrite, sharedHints, failures, onEdit }: RowNoticesProps) {
  const { enabled, health, warnings, keyState, name } = connection;
  const problem = enabled ? health.problem : null;
  const needsKey = keyState === 'UNREADABLE';
  const shared = sharedHints.split('\n');
  const hintFor = ({ hint }: { hint: string | null }) => hint && !shared.includes(hint) && sentence(hint);
  return (
    <>
      {failures.map(
        (failure) =>
          failure && (
            <Notice
              key={failure.message}
              tone="attention"
              announce
              icon={<IconAlertTriangle {...smallIconProps} />}
              {...failureWords(failure)}
            />
          ),
      )}
      {problem && (
        <Notice
          tone={words.tone === 'offline' ? 'offline' : 'attention'}
          icon={<ProblemIcon code={problem.code} />}
          fact={sentence(problem.message)}
          hint={hintFor(problem)}
          action={
            mayWrite &&
            (needsKey ? (
              <TextButton aria-label={`Enter the key again: ${name}`} onClick={() => onEdit(connection)}>
                Enter the key again
              </TextButton>
            ) : (
              <TextButton
                aria-label={check.running ? `Checking… ${name}` : `Check now: ${name}`}
                disabled={check.running}
                onClick={() => void check.start()}
              >
                {check.running ? 'Checking…' : 'Check now'}
              </TextButton>
            ))
          }
        />
      )}
      {warnings.map((warning) => (
        <Notice
          key={warning.message}
          tone="plain"
          icon={<IconAlertTriangle {...smallIconProps} />}
          fact={sentence(warning.message)}
          hint={hintFor(warning)}
        />
      ))}
    </>
  );
}

function ProblemIcon({ code }: { code: string }) {
  switch (code) {
    case 'UNAUTHORIZED':
    case 'FORBIDDEN':
    case 'KEY_UNREADABLE':
      return <IconKey {...smallIconProps} />;
    case 'SLOW':
    case 'LOADING':
    case 'TIMEOUT':
    case 'RATE_LIMITED':
      return <IconClock {...smallIconProps} />;
    case 'CONNECTION_REFUSED':
    case 'CONNECTION_RESET':
    case 'DNS':
      return <IconPlugConnectedX {...smallIconProps} />;
    default:
      return <IconAlertTriangle {...smallIconProps} />;
  }
}

function failureWords(failure: Failure): { fact: string; hint?: string } {
  if (failure.code !== 'CONFLICT') return { fact: 'That did not work.', hint: sentence(failure.message) };
  return { fact: 'Somebody else changed this connection.', hint: 'It now shows what they made of it. Try again.' };
}
