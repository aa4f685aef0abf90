import { Anchor } from '@mantine/core';
import { Link } from 'react-router';
import { CopyButton } from '../../components/buttons/copy-button.js';
import { publicAddress } from '../../lib/base-path.js';
import { visibleText } from '../../lib/format/visible-text.js';
import { paths } from '../../lib/paths.js';
import { chatCommand } from './chat-command.js';
import classes from './connection-details.module.css';
import { type DetailedModel, capabilitiesInWords, mayChat } from './model-facts.js';

/** How to use the chosen model from a terminal, ready to copy. */
export function ChatExample({ model }: { model: DetailedModel }) {
  if (!mayChat(model)) {
    return (
      <p className={classes.quiet}>
        <code>{visibleText(model.name)}</code> does not chat. What it does: {capabilitiesInWords(model)}.
      </p>
    );
  }
  const command = chatCommand(publicAddress, model.name);
  return (
    <figure className={classes.command}>
      <figcaption>
        <span>
          Chat with <code>{visibleText(model.name)}</code>, using an{' '}
          <Anchor component={Link} to={paths.apiTokens} inherit underline="always">
            API token
          </Anchor>{' '}
          of yours
        </span>
        <CopyButton value={command} label={`Copy the command that chats with ${model.name}`} />
      </figcaption>
      <pre>{command.split('\n').map(visibleText).join('\n')}</pre>
    </figure>
  );
}
