import { Anchor, Text, Title } from '@mantine/core';
import { Link } from 'react-router';
import { publicAddress } from '../../lib/base-path.js';
import { paths } from '../../lib/paths.js';
import { useViewer } from '../../lib/session/session-context.js';

/** For those who may use models and not see where they come from. */
export function MemberRoute() {
  const { name } = useViewer();
  return (
    <>
      <Title order={1} mb="xs">
        Welcome, {name}
      </Title>
      <Text c="dimmed" maw="60ch">
        Your administrators look after the connections of this workspace. The models that these bring are yours to use:
        point an OpenAI or Ollama client at this address, <code>{publicAddress}/v1</code>, with an{' '}
        <Anchor component={Link} to={paths.apiTokens} underline="always">
          API token
        </Anchor>
        .
      </Text>
    </>
  );
}
