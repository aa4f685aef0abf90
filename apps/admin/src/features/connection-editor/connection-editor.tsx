import { useQuery } from '@apollo/client/react';
import { Modal } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import { type ConnectionKind, ConnectionEditorDocument } from '@intrallm/schema';

import { readFailure } from '../../lib/error-codes.js';
import classes from './connection-editor.module.css';
import { ConnectionForm } from './connection-form.js';
import { EditorPlaceholder } from './editor-placeholder.js';

export interface ConnectionEditorProps {
  readonly opened: boolean;
  readonly kind: ConnectionKind;
  /** The connection to edit; null adds one. */
  readonly connectionId: string | null;
  /** Fills the URL of a new connection, as when an example was clicked. */
  readonly initialUrl?: string;
  readonly onClose: () => void;
  /** Called once the server has it, before `onClose`. */
  readonly onSaved?: (id: string) => void;
  /** Has the focus after closing where what opened the dialog is gone. */
  readonly fallbackFocus?: () => HTMLElement | null;
  /** Offers to remove the connection that is edited; without it nothing is offered. */
  readonly onRemove?: () => void;
}

/**
 * The dialog that adds or edits a connection. What is typed, the key first of all, lives in the dialog alone and is
 * gone when it closes; closing asks first when something would be lost.
 */
export function ConnectionEditor({ opened, onClose, fallbackFocus, ...props }: ConnectionEditorProps) {
  const isPhone = useMediaQuery('(max-width: 47.99em)');
  const hasUnsaved = useRef(false);
  const [asking, setAsking] = useState(false);
  const focusedBefore = useRef<Element | null>(null);
  useFocusReturn(opened, fallbackFocus);

  const close = () => {
    hasUnsaved.current = false;
    setAsking(false);
    onClose();
  };
  const keepEditing = () => {
    setAsking(false);
    if (focusedBefore.current instanceof HTMLElement) focusedBefore.current.focus();
  };
  const requestClose = () => {
    if (asking) {
      keepEditing();
    } else if (hasUnsaved.current) {
      focusedBefore.current = document.activeElement;
      setAsking(true);
    } else {
      close();
    }
  };

  return (
    <Modal.Root
      opened={opened}
      onClose={requestClose}
      size={520}
      fullScreen={isPhone}
      yOffset="13dvh"
      classNames={{ content: classes.content, inner: classes.inner }}
    >
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content>
        <EditorContent
          {...props}
          asking={asking}
          onUnsaved={(unsaved) => {
            hasUnsaved.current = unsaved;
          }}
          onKeepEditing={keepEditing}
          onRequestClose={requestClose}
          onClose={close}
        />
      </Modal.Content>
    </Modal.Root>
  );
}

/**
 * Gives the focus back to what opened the dialog. Mantine's own return notes that only where a closed dialog was there
 * before.
 */
function useFocusReturn(opened: boolean, fallbackFocus?: () => HTMLElement | null): void {
  const [opener] = useState(() => document.activeElement);
  const [fallback] = useState(() => fallbackFocus);
  useEffect(() => {
    if (opened) return;
    // As Mantine does: after the trap has let go.
    const timer = setTimeout(() => {
      const place = opener?.isConnected ? opener : fallback?.();
      if (place instanceof HTMLElement) place.focus({ preventScroll: true });
    }, 10);
    return () => clearTimeout(timer);
  }, [opened, opener, fallback]);
}

interface EditorContentProps extends Omit<ConnectionEditorProps, 'opened' | 'fallbackFocus'> {
  readonly asking: boolean;
  readonly onUnsaved: (unsaved: boolean) => void;
  readonly onKeepEditing: () => void;
  readonly onRequestClose: () => void;
}

/** Mounted only while the dialog is open, so that nothing typed outlives it. */
function EditorContent({ connectionId, ...props }: EditorContentProps) {
  return connectionId === null ? (
    <ConnectionForm {...props} stored={null} />
  ) : (
    <StoredConnectionForm {...props} connectionId={connectionId} />
  );
}

function StoredConnectionForm({ connectionId, ...props }: EditorContentProps & { connectionId: string }) {
  // From the server each time: an edit starts from the version that it will be compared with.
  const { data, error } = useQuery(ConnectionEditorDocument, {
    variables: { id: connectionId },
    fetchPolicy: 'network-only',
  });
  if (data?.connection) return <ConnectionForm {...props} stored={data.connection} />;
  return (
    <EditorPlaceholder onClose={props.onRequestClose}>
      {error && readFailure(error).message}
      {data && 'Somebody removed this connection.'}
    </EditorPlaceholder>
  );
}
