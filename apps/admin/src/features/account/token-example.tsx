import { CopyButton } from '../../components/buttons/copy-button.js';
import { publicAddress } from '../../lib/base-path.js';
import classes from './api-tokens.module.css';

/** A first thing to do with a token, ready to copy; the token itself comes from the reader's environment. */
export function TokenExample({ words }: { words: string }) {
  const command = `curl ${publicAddress}/v1/models \\\n  -H "Authorization: Bearer $INTRALLM_TOKEN"`;
  return (
    <figure className={classes.example}>
      <figcaption>
        <span>{words}</span>
        <CopyButton value={command} label="Copy the command that lists the models" />
      </figcaption>
      <pre>{command}</pre>
    </figure>
  );
}
