import { Anchor, Text, Title } from '@mantine/core';
import { Link } from 'react-router';
import { paths } from '../../lib/paths.js';

export function NotFoundRoute() {
  return (
    <>
      <Title order={1} mb="xs">
        There is nothing here
      </Title>
      <Text c="dimmed">
        This page does not exist.{' '}
        <Anchor component={Link} to={paths.connections} underline="always">
          Go to the connections
        </Anchor>
      </Text>
    </>
  );
}
