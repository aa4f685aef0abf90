import { ActionIcon, Menu } from '@mantine/core';
import { useMounted } from '@mantine/hooks';
import { IconCheck, IconDots } from '@tabler/icons-react';
import { useState } from 'react';
import { focusOnMount } from '../../lib/focus-on-mount.js';
import { smallIconProps } from '../../lib/icon.js';
import classes from './connection-details.module.css';
import { type DetailedModel, CAPABILITIES, capabilityWord } from './model-facts.js';
import { useCapabilities } from './use-capabilities.js';

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
  const { shown, failure, save } = useCapabilities(model);
  // It opens once it is there: a menu gives the focus back to what had it when it opened.
  const isThere = useMounted();
  const [wanted, setWanted] = useState(true);
  const known = shown ?? [];

  return (
    <>
      <Menu
        opened={isThere && wanted}
        onChange={setWanted}
        position="bottom-end"
        closeOnItemClick={false}
        withInitialFocusPlaceholder={false}
        checkIcon={<IconCheck {...smallIconProps} />}
        width={220}
      >
        <Menu.Target>
          <ActionIcon
            ref={focusOnMount}
            className={classes.menu ?? ''}
            size={28}
            aria-label={`Capabilities of ${model.name}`}
            title="Capabilities"
          >
            <IconDots {...smallIconProps} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown aria-label={`Capabilities of ${model.name}`}>
          <Menu.Label>{shown === null ? 'Not known. It can …' : 'It can …'}</Menu.Label>
          {CAPABILITIES.map((capability) => {
            const has = known.includes(capability);
            return (
              <Menu.CheckboxItem
                key={capability}
                checked={has}
                onChange={() => save(has ? known.filter((one) => one !== capability) : [...known, capability])}
              >
                {capabilityWord(capability)}
              </Menu.CheckboxItem>
            );
          })}
          <Menu.Divider />
          <Menu.Item onClick={() => save(null)}>As the endpoint states</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {/* In the row, where it stays when the menu is closed; within a menu only its items are read out. */}
      {failure && (
        <p role="alert" className={classes.refusal}>
          Nothing was changed. {failure.message}
        </p>
      )}
    </>
  );
}
