import { IconEye, IconEyeOff } from '@tabler/icons-react';
import { CopyButton } from '../../../components/buttons/copy-button.js';
import { IconAction } from '../../../components/buttons/icon-action.js';
import { TextButton } from '../../../components/buttons/text-button.js';
import { Notice } from '../../../components/notice.js';
import { Reauthentication } from '../../../components/password/reauthentication.js';
import { useClock } from '../../../lib/clock.js';
import { iconProps } from '../../../lib/icon.js';
import type { Connection } from '../use-connections.js';
import classes from './row-key.module.css';
import type { RevealedKey } from './use-revealed-key.js';

interface KeyEyeProps {
  name: string;
  revealed: RevealedKey;
}

export function KeyPreview({ connection }: { connection: Connection }) {
  if (!connection.hasApiKey) return <span className={classes.none}>no key</span>;
  return (
    <span className={classes.preview}>
      <span className={classes.hidden}>Key </span>
      {connection.apiKeyPreview}
    </span>
  );
}

export function KeyEye({ name, revealed: { reveal, show, hide } }: KeyEyeProps) {
  const isShown = reveal.state === 'revealed';
  return (
    <>
      <IconAction
        label={`${isShown ? 'Hide' : 'Reveal'} the key of ${name}`}
        hint={isShown ? 'Hide the key' : 'Reveal the key'}
        loading={reveal.state === 'asking'}
        onClick={() => (isShown ? hide() : void show())}
      >
        {isShown ? <IconEyeOff {...iconProps} /> : <IconEye {...iconProps} />}
      </IconAction>
      {reveal.state === 'locked' && (
        <Reauthentication
          reason={`To see the key of ${name}, enter your password once more.`}
          onClose={hide}
          onDone={() => void show()}
        />
      )}
    </>
  );
}

/** The key itself with what can be done with it, or why it cannot be shown. */
export function RevealedKeyPanel({ name, revealed: { reveal, hide } }: KeyEyeProps) {
  if (reveal.state === 'hidden' && reveal.failure) {
    return <Notice tone="attention" announce fact="The key cannot be shown." hint={reveal.failure.message} />;
  }
  if (reveal.state !== 'revealed') return null;
  return (
    <div className={classes.panel} role="group" aria-label={`The key of ${name}`}>
      <code className={classes.key}>{reveal.apiKey}</code>
      <CopyButton value={reveal.apiKey} label={`Copy the key of ${name}`} />
      <TextButton onClick={hide}>
        <HidesIn untilMs={reveal.untilMs} />
      </TextButton>
    </div>
  );
}

function HidesIn({ untilMs }: { untilMs: number }) {
  const seconds = useClock((nowMs) => Math.max(0, Math.ceil((untilMs - nowMs) / 1000)));
  return <>Hide ({seconds} s)</>;
}
