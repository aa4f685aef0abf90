import { Button, Modal, Stack, Text } from '@mantine/core';
import type { Instance, Viewer } from '../../lib/session/session-context.js';
import { SignInForm } from './sign-in-form.js';

interface SessionEndedDialogProps {
  instance: Instance;
  viewer: Viewer;
  onSignedIn: () => Promise<void>;
  /** Somebody else is here, or nobody wants to go on: leads to the sign-in page. */
  onLeave: () => void;
}

/** Asks to sign in again above the page, so that nothing that was typed there is lost. */
export function SessionEndedDialog({ instance, viewer, onSignedIn, onLeave }: SessionEndedDialogProps) {
  return (
    <Modal
      opened
      onClose={() => undefined}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
      zIndex={400}
      size={400}
      title="Your session has ended"
      overlayProps={{ blur: 8, backgroundOpacity: 0.4 }}
    >
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          Sign in again to go on where you were.
        </Text>
        <SignInForm instance={instance} email={viewer.email ?? ''} onSignedIn={onSignedIn} />
        <Button variant="subtle" onClick={onLeave}>
          Leave this page
        </Button>
      </Stack>
    </Modal>
  );
}
