import { Modal } from '@mantine/core';
import { Reauthentication } from '../../components/password/reauthentication.js';
import { MadeToken } from './made-token.js';
import { NewTokenForm } from './new-token-form.js';
import { useNewToken } from './use-new-token.js';

interface NewTokenDialogProps {
  opened: boolean;
  /** The server has it; what it is called can be read there. */
  onMade: () => void;
  onClose: () => void;
}

/** Asks what a token is for, then shows it this once. */
export function NewTokenDialog({ opened, onMade, onClose }: NewTokenDialogProps) {
  const { state, make, forget } = useNewToken(onMade);
  const isBusy = state.step === 'busy';
  const isMade = state.step === 'made';
  const isLocked = state.step === 'locked';
  const close = () => {
    // A token that comes after closing would be one that nobody has seen.
    if (isBusy) return;
    forget();
    onClose();
  };

  return (
    <>
      <Modal
        opened={opened}
        onClose={close}
        title={isMade ? 'Copy your new token' : 'New API token'}
        size={480}
        closeOnClickOutside={!isMade}
        closeOnEscape={!isLocked}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {isMade ? (
          <MadeToken made={state.made} onDone={close} />
        ) : (
          // Nothing is left to show while a dialog fades that has shown a token.
          state.step !== 'forgotten' && (
            <NewTokenForm
              busy={isBusy || isLocked}
              failure={state.step === 'editing' ? state.failure : null}
              onSubmit={make}
              onCancel={close}
            />
          )
        )}
      </Modal>
      {isLocked && opened && (
        <Reauthentication
          reason="This token will be able to change things. To make it, enter your password once more."
          onClose={state.giveUp}
          onDone={state.goOn}
        />
      )}
    </>
  );
}
