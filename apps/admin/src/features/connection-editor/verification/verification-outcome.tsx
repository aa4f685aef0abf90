import { IconInfoCircle } from '@tabler/icons-react';
import type { ConnectionKind } from '@intrallm/schema';

import { TextButton } from '../../../components/buttons/text-button.js';
import { formatCount } from '../../../lib/format/count.js';
import { formatLatency } from '../../../lib/format/duration.js';
import { sentence } from '../../../lib/format/sentence.js';
import { visibleText } from '../../../lib/format/visible-text.js';
import { kinds } from '../../../lib/kinds.js';
import type { Verification } from './use-verification.js';
import classes from './verification-panel.module.css';

const PREVIEWED_NAMES = 5;

export interface OutcomeActions {
  /** Takes over what would work, and checks it. Without a URL the one in the form stays. */
  readonly onUse: (better: { url?: string; kind: ConnectionKind }) => void;
}

interface VerificationOutcomeProps extends OutcomeActions {
  readonly verification: Verification;
  /** The URL that was checked. */
  readonly url: string;
  readonly kind: ConnectionKind;
  readonly kindIsFixed: boolean;
}

/** The outcome in one sentence, for those who hear the page. */
export function outcomeInWords({ problem, suggestion, modelNames }: Verification): string {
  if (suggestion) return `${suggestion.url}${whatIsThere(suggestion)}`;
  if (problem) return sentences(problem);
  return `The endpoint answers with ${models(modelNames.length)}.`;
}

const sentences = ({ message, hint }: { message: string; hint: string | null }): string =>
  [message, hint ?? ''].filter(Boolean).map(sentence).join(' ');

const models = (count: number): string => formatCount(count, 'model');

/** What follows from a check: a better URL, or the problem, or the models that come; warnings last and quietly. */
export function VerificationOutcome({ verification, ...context }: VerificationOutcomeProps) {
  const { suggestion, problem, warnings, modelNames } = verification;
  return (
    <>
      {suggestion && <Suggested {...context} suggestion={suggestion} />}
      {problem && !suggestion && <Problem {...context} verification={verification} problem={problem} />}
      {modelNames.length > 0 && <Models verification={verification} />}
      {!problem && !suggestion && modelNames.length === 0 && (
        <p className={classes.quiet}>The endpoint answers. It has no models yet.</p>
      )}
      {warnings.map((warning) => (
        <p key={warning.message} className={classes.warning}>
          <IconInfoCircle size={16} stroke={1.7} aria-hidden />
          <span>{sentences(warning)}</span>
        </p>
      ))}
    </>
  );
}

type SuggestedProps = Omit<VerificationOutcomeProps, 'verification'> & {
  readonly suggestion: NonNullable<Verification['suggestion']>;
};

function Suggested({ suggestion, url, kind, kindIsFixed, onUse }: SuggestedProps) {
  const otherKind = suggestion.kind !== kind;
  return (
    <div className={classes.box}>
      <p>
        <strong>{whatIsBetter(suggestion, url, kind)}</strong>{' '}
        <span className={classes.line}>
          <code>{suggestion.url}</code>
          {whatIsThere(suggestion)}
        </span>
        {otherKind && kindIsFixed && <span className={classes.line}>{fixedKind(suggestion.kind)}</span>}
      </p>
      {!(otherKind && kindIsFixed) && (
        <TextButton className={classes.action} onClick={() => onUse(suggestion)}>
          {otherKind ? `Add as ${kinds[suggestion.kind].name}` : 'Use this URL'}
        </TextButton>
      )}
    </div>
  );
}

/** Goes on from the URL. Where it lists no models the reason says why, such as a key that is missing. */
function whatIsThere({ modelCount, reason }: SuggestedProps['suggestion']): string {
  return modelCount > 0 ? ` answers with ${models(modelCount)}.` : `: ${reason}`;
}

function whatIsBetter(better: SuggestedProps['suggestion'], url: string, kind: ConnectionKind): string {
  if (better.kind !== kind) return `This is ${kinds[better.kind].aName}.`;
  const isFurther = better.url.startsWith(url.trim().replace(/\/+$/, ''));
  const what = better.modelCount > 0 ? 'The models are' : 'The API is';
  return `${what} ${isFurther ? 'one step further' : 'at another address'}.`;
}

type ProblemProps = VerificationOutcomeProps & { readonly problem: NonNullable<Verification['problem']> };

function Problem({ verification, problem, kind, kindIsFixed, onUse }: ProblemProps) {
  const { detectedKind, status } = verification;
  const other = detectedKind && detectedKind !== kind ? detectedKind : null;
  return (
    <div className={classes.box} data-tone={status === 'OFFLINE' ? 'offline' : 'attention'}>
      <p>
        <strong>{sentence(problem.message)}</strong> {problem.hint && sentence(problem.hint)}
        {other && kindIsFixed && <span className={classes.line}>{fixedKind(other)}</span>}
      </p>
      {other && !kindIsFixed && (
        <TextButton className={classes.action} onClick={() => onUse({ kind: other })}>
          Add as {kinds[other].name}
        </TextButton>
      )}
    </div>
  );
}

function Models({ verification: { modelNames, sharedNames, latencyMs, problem } }: { verification: Verification }) {
  const previewed = modelNames.slice(0, PREVIEWED_NAMES);
  const more = modelNames.length - previewed.length;
  return (
    <div className={classes.models}>
      <p>
        <strong>{models(modelNames.length)}</strong>
        {!problem && latencyMs !== null && ` in ${formatLatency(latencyMs)}`}
        {': '}
        {previewed.map((name, index) => (
          <span key={name}>
            {index > 0 && ', '}
            <code>{visibleText(name)}</code>
          </span>
        ))}
        {more > 0 && ` and ${more} more`}
      </p>
      {sharedNames.length > 0 && (
        <p className={classes.shared} title={sharedNames.map(visibleText).join(', ')}>
          {sharedNames.length === 1
            ? '1 of these names is served already.'
            : `${sharedNames.length} of these names are served already.`}{' '}
          In the same pool they share the requests.
        </p>
      )}
    </div>
  );
}

const fixedKind = (kind: ConnectionKind): string =>
  `The kind of a connection is fixed: add this address as ${kinds[kind].name}, then remove this connection.`;
