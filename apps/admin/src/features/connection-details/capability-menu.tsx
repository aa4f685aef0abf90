import { useMutation } from '@apollo/client/react';
import { type ModelCapability, SetModelCapabilitiesDocument } from '@intrallm/schema';
import { ActionIcon, Menu } from '@mantine/core';
import { IconCheck, IconDots } from '@tabler/icons-react';
import { useState } from 'react';
import { readFailure } from '../../lib/error-codes.js';
import { smallIconProps } from '../../lib/icon.js';
import classes from './connection-details.module.css';
import { type DetailedModel, CAPABILITIES, capabilityWord } from './model-facts.js';

/**
 * Says what a model can do where its endpoint does not, or gets it wrong. Until it is asked for it is a plain button:
 * a menu for each of a few hundred rows would cost more than the rows.
 */
export function CapabilityMenu({ model }: { model: DetailedModel }) {
  const [asked, setAsked] = useState(false);
  if (asked) return <AskedMenu model={model} />;
  return (
    <span className={classes.menu}>
      <ActionIcon
        size={28}
        aria-label={`Capabilities of ${model.name}`}
        aria-haspopup="menu"
        title="Capabilities"
        onClick={() => setAsked(true)}
      >
        <IconDots {...smallIconProps} />
      </ActionIcon>
    </span>
  );
}

function AskedMenu({ model }: { model: DetailedModel }) {
  const [set, { loading, error }] = useMutation(SetModelCapabilitiesDocument);
  const known = model.capabilities ?? [];
  const save = (capabilities: ModelCapability[] | null) => {
    // A refusal is shown in the menu, from `error`.
    set({ variables: { id: model.id, capabilities } }).catch(() => undefined);
  };

  return (
    <Menu defaultOpened position="bottom-end" closeOnItemClick={false} width={220}>
      <Menu.Target>
        <ActionIcon
          className={classes.menu ?? ''}
          size={28}
          aria-label={`Capabilities of ${model.name}`}
          title="Capabilities"
        >
          <IconDots {...smallIconProps} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown aria-label={`Capabilities of ${model.name}`}>
        <Menu.Label>{model.capabilities === null ? 'Not known. It can …' : 'It can …'}</Menu.Label>
        {CAPABILITIES.map((capability) => {
          const has = known.includes(capability);
          return (
            <Menu.Item
              key={capability}
              role="menuitemcheckbox"
              aria-checked={has}
              disabled={loading}
              leftSection={<IconCheck {...smallIconProps} visibility={has ? 'visible' : 'hidden'} aria-hidden />}
              onClick={() => save(has ? known.filter((one) => one !== capability) : [...known, capability])}
            >
              {capabilityWord(capability)}
            </Menu.Item>
          );
        })}
        <Menu.Divider />
        <Menu.Item disabled={loading} onClick={() => save(null)}>
          As the endpoint states
        </Menu.Item>
        {error && (
          <p role="alert" className={classes.refusal}>
            {readFailure(error).message}
          </p>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
