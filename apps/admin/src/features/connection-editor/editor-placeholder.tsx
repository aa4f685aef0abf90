import { Button, Modal, Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';

import classes from './connection-editor.module.css';

interface EditorPlaceholderProps {
  /** Why there is nothing to edit; nothing while it is being read. */
  readonly children: ReactNode[];
  readonly onClose: () => void;
}

/** The dialog before its connection is there, with the size of what comes. */
export function EditorPlaceholder({ children, onClose }: EditorPlaceholderProps) {
  const isReading = !children.some(Boolean);
  return (
    <>
      <Modal.Header className={classes.header}>
        <Modal.Title>Settings</Modal.Title>
        <Modal.CloseButton aria-label="Close" />
      </Modal.Header>
      <div className={classes.body} aria-busy={isReading}>
        {isReading ? (
          <>
            <Skeleton height={56} />
            <Skeleton height={56} />
            <Skeleton height={56} />
            <Skeleton height={116} />
            <Skeleton height={24} width={260} />
          </>
        ) : (
          <p role="alert">{children}</p>
        )}
      </div>
      <div className={classes.footer}>
        <div className={classes.buttons}>
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
        </div>
      </div>
    </>
  );
}
