import { Button, Group, Stack } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { CopyButton } from '../../components/buttons/copy-button.js';
import { Notice } from '../../components/notice.js';
import { focusOnMount } from '../../lib/focus-on-mount.js';
import { smallIconProps } from '../../lib/icon.js';
import classes from './api-tokens.module.css';
import { TokenExample } from './token-example.js';
import type { Made } from './use-new-token.js';

interface MadeTokenProps {
  made: Made;
  onDone: () => void;
}

/** The token itself, and that it will not be seen again. */
export function MadeToken({ made: { name, token, mayListModels }, onDone }: MadeTokenProps) {
  return (
    <Stack gap="md">
      <Notice
        tone="attention"
        icon={<IconAlertTriangle {...smallIconProps} />}
        fact="It is not shown again."
        hint="Copy it now and keep it where the program reads it. Whoever has it can do what it may do."
      />
      <div className={classes.secret} role="group" aria-label={`The token ${name}`} tabIndex={-1} ref={focusOnMount}>
        <code>{token}</code>
        <CopyButton value={token} label={`Copy the token ${name}`} />
      </div>
      {mayListModels && <TokenExample words="To try it, with the token as INTRALLM_TOKEN in your shell" />}
      <Group justify="flex-end">
        <Button onClick={onDone}>Done</Button>
      </Group>
    </Stack>
  );
}
