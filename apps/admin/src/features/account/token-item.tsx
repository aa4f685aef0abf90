import { useRef, useState } from 'react';
import type { TokenList_apiTokenFragment } from '@intrallm/schema';
import { TextButton } from '../../components/buttons/text-button.js';
import { useClock } from '../../lib/clock.js';
import { focusOnMount } from '../../lib/focus-on-mount.js';
import { formatDate, formatDateTime } from '../../lib/format/time.js';
import classes from './api-tokens.module.css';
import { scopesInWords } from './scope-words.js';

interface TokenItemProps {
  token: TokenList_apiTokenFragment;
  /** Ends it for good. Settles when the server has answered. */
  onRevoke: () => Promise<void>;
}

/** One token: what it is called, what it may do, and when it was used. Revoking cannot be undone, so it asks first. */
export function TokenItem({ token, onRevoke }: TokenItemProps) {
  const { name, preview, scopes, createdAt, lastUsedAt } = token;
  const [asks, setAsks] = useState(false);
  const [busy, setBusy] = useState(false);
  const revoke = useRef<HTMLButtonElement>(null);

  const keep = () => {
    setAsks(false);
    requestAnimationFrame(() => revoke.current?.focus());
  };
  const end = async () => {
    setBusy(true);
    await onRevoke();
    setBusy(false);
    setAsks(false);
  };

  return (
    <li className={classes.token}>
      <div className={classes.facts}>
        <div className={classes.name}>
          <strong>{name}</strong> <code>{preview}</code>
        </div>
        <p>May: {scopesInWords(scopes)}</p>
        <p>
          made {formatDate(createdAt)} · {lastUsedAt ? `last used ${formatDateTime(lastUsedAt)}` : 'never used'} ·{' '}
          <Expiry at={token.expiresAt} />
        </p>
      </div>
      {asks ? (
        <div className={classes.question} role="group" aria-label={`Revoke ${name}?`}>
          <span>Programs that use it are refused at once, for good.</span>
          <TextButton ref={focusOnMount} disabled={busy} onClick={keep}>
            Keep it
          </TextButton>
          <TextButton
            className={classes.danger ?? ''}
            aria-label={`Revoke ${name} for good`}
            disabled={busy}
            onClick={() => void end()}
          >
            Revoke
          </TextButton>
        </div>
      ) : (
        <TextButton ref={revoke} aria-label={`Revoke ${name}…`} onClick={() => setAsks(true)}>
          Revoke…
        </TextButton>
      )}
    </li>
  );
}

function Expiry({ at }: { at: string | null }) {
  const isOver = useClock((nowMs) => at !== null && Date.parse(at) <= nowMs);
  if (at === null) return <>never expires</>;
  return (
    <>
      {isOver ? 'expired' : 'expires'} {formatDate(at)}
    </>
  );
}
