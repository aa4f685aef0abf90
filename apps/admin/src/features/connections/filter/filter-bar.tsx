import { SegmentedControl, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { focusOnMount } from '../../../lib/focus-on-mount.js';
import { smallIconProps } from '../../../lib/icon.js';
import classes from './filter-bar.module.css';
import type { Filter, StatusChoice } from './filter.js';

interface FilterBarProps {
  filter: Filter;
  counts: Record<StatusChoice, number>;
  onChange: (filter: Filter) => void;
  /** Ends the filtering: Escape. */
  onClose: () => void;
}

const choices: readonly { value: StatusChoice; label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'online', label: 'Online' },
  { value: 'attention', label: 'Attention' },
  { value: 'offline', label: 'Offline' },
  { value: 'off', label: 'Off' },
];

export function FilterBar({ filter, counts, onChange, onClose }: FilterBarProps) {
  return (
    <div className={classes.bar} role="search">
      <TextInput
        className={classes.search ?? ''}
        aria-label="Search connections"
        placeholder="Name, URL or tag"
        type="search"
        ref={focusOnMount}
        leftSection={<IconSearch {...smallIconProps} />}
        value={filter.search}
        onChange={(event) => onChange({ ...filter, search: event.currentTarget.value })}
        onKeyDown={(event) => event.key === 'Escape' && onClose()}
      />
      <SegmentedControl
        className={classes.status ?? ''}
        aria-label="Status"
        size="xs"
        value={filter.status}
        onChange={(status) =>
          onChange({ ...filter, status: choices.find(({ value }) => value === status)?.value ?? 'all' })
        }
        data={choices.map(({ value, label }) => ({
          value,
          label: (
            <>
              {label} <span className={classes.count}>{counts[value]}</span>
            </>
          ),
        }))}
      />
    </div>
  );
}
