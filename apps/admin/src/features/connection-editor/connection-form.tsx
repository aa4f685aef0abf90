import { Modal, TextInput } from '@mantine/core';
import { type KeyboardEvent, type RefObject, useEffect, useRef } from 'react';
import type { ConnectionKind } from '@intrallm/schema';
import { kinds } from '../../lib/kinds.js';

import classes from './connection-editor.module.css';
import { EditorFooter } from './editor-footer.js';
import { AdvancedFold } from './fields/advanced-fold.js';
import { KeyField } from './fields/key-field.js';
import { ManagedNote } from './managed-note.js';
import { NoticeBox } from './notice-box.js';
import { type ConnectionFormHandle, useConnectionForm } from './use-connection-form.js';
import { defaultName } from './values/form-values.js';
import type { EditedConnection } from './values/settings.js';
import { LEAVES_DIALOG } from './verification/use-endpoint-check.js';
import { VerificationPanel } from './verification/verification-panel.js';

interface ConnectionFormProps {
  readonly kind: ConnectionKind;
  readonly stored: EditedConnection | null;
  readonly initialUrl?: string | undefined;
  readonly asking: boolean;
  readonly onUnsaved: (unsaved: boolean) => void;
  readonly onKeepEditing: () => void;
  readonly onRequestClose: () => void;
  readonly onClose: () => void;
  readonly onSaved?: ((id: string) => void) | undefined;
  readonly onRemove?: (() => void) | undefined;
}

const inline = { label: classes.inlineLabel, description: classes.inlineDescription, wrapper: classes.inlineWrapper };

export function ConnectionForm(props: ConnectionFormProps) {
  const { stored, initialUrl = '', asking, onUnsaved, onClose, onSaved = () => undefined } = props;
  const handle = useConnectionForm({ kind: props.kind, stored, initialUrl, onSaved, onClose });
  const { form, kind, base, check } = handle;
  const managed = base !== null && base.managedBy !== 'ADMIN';
  const urlInput = useRef<HTMLInputElement>(null);
  const unsaved = form.isDirty();
  useEffect(() => onUnsaved(unsaved), [onUnsaved, unsaved]);

  const saveOnCtrlEnter = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    void handle.save();
  };

  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the fields are what is interactive: their Ctrl + Enter arrives here
    <form
      className={classes.form}
      noValidate
      autoComplete="off"
      onKeyDown={saveOnCtrlEnter}
      onSubmit={(event) => {
        event.preventDefault();
        void handle.save();
      }}
    >
      <Modal.Header className={classes.header}>
        <Modal.Title>{base ? `Settings of ${base.name}` : `Add ${kinds[kind].aName}`}</Modal.Title>
        <Modal.CloseButton aria-label="Close" {...LEAVES_DIALOG} />
      </Modal.Header>

      <div className={classes.body}>
        {managed && <ManagedNote by={base.managedBy} />}
        <IdentityFields handle={handle} urlInput={urlInput} readOnly={managed} />
        <VerificationPanel
          run={check.run}
          last={check.last}
          url={form.values.url}
          kind={kind}
          kindIsFixed={base !== null}
          onUse={(better) => {
            handle.apply(better);
            // The button that had the focus goes away with what it offered.
            urlInput.current?.focus();
          }}
          onCheck={() => check.checkNow()}
        />
        <AdvancedFold
          form={form}
          kind={kind}
          base={base}
          keyTriggers={check.triggersFor('apiKey')}
          readOnly={managed}
          opened={handle.advancedOpen}
          onToggle={handle.setAdvancedOpen}
        />
      </div>

      {handle.notice && <NoticeBox notice={handle.notice} onTakeOver={handle.takeOver} />}
      <EditorFooter
        form={form}
        saving={handle.saving}
        saveLabel={base ? 'Save changes' : 'Add endpoint'}
        asking={asking}
        onKeepEditing={props.onKeepEditing}
        onDiscard={onClose}
        onCancel={props.onRequestClose}
        onRemove={base && !managed ? props.onRemove : undefined}
      />
    </form>
  );
}

interface IdentityFieldsProps {
  readonly handle: ConnectionFormHandle;
  readonly urlInput: RefObject<HTMLInputElement | null>;
  readonly readOnly: boolean;
}

/** Where the endpoint is, the key where its kind asks for one, and what it is called. */
function IdentityFields({ handle: { form, kind, base, check }, urlInput, readOnly }: IdentityFieldsProps) {
  return (
    <>
      <TextInput
        ref={urlInput}
        label="Endpoint URL"
        placeholder={kinds[kind].urlPlaceholder}
        data-autofocus
        inputMode="url"
        autoComplete="off"
        autoCapitalize="off"
        autoCorrect="off"
        spellCheck={false}
        readOnly={readOnly}
        {...form.getInputProps('url')}
        {...check.triggersFor('url')}
        classNames={{ input: classes.mono }}
      />
      {kinds[kind].hasKeyUpFront && (
        <KeyField form={form} base={base} triggers={check.triggersFor('apiKey')} readOnly={readOnly} />
      )}
      <TextInput
        label="Name"
        description={`${defaultName(form.values.url) ?? 'host and port of the URL'} if left empty`}
        autoComplete="off"
        readOnly={readOnly}
        {...form.getInputProps('name')}
        classNames={inline}
      />
    </>
  );
}
