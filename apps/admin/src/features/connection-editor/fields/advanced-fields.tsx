import '@mantine/core/styles/Combobox.layer.css';
import '@mantine/core/styles/Pill.layer.css';
import '@mantine/core/styles/PillsInput.layer.css';
import { NumberInput, Select, Switch, TagsInput, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import type { ConnectionKind } from '@intrallm/schema';
import { kinds } from '../../../lib/kinds.js';

import type { ConnectionFormValues } from '../values/form-values.js';
import type { EditedConnection } from '../values/settings.js';
import classes from './advanced.module.css';
import { AliasRows } from './alias-rows.js';
import { HeaderRows } from './header-rows.js';
import { KeyField, type CheckTriggers } from './key-field.js';

export interface AdvancedProps {
  readonly form: UseFormReturnType<ConnectionFormValues>;
  readonly kind: ConnectionKind;
  readonly base: EditedConnection | null;
  readonly keyTriggers: CheckTriggers;
  readonly readOnly: boolean;
}

const AUTH_SCHEMES = [
  { value: 'NONE', label: 'None' },
  { value: 'BEARER', label: 'Authorization: Bearer' },
  { value: 'API_KEY', label: 'api-key' },
  { value: 'X_API_KEY', label: 'x-api-key' },
  { value: 'BASIC', label: 'Authorization: Basic (the key is user:password)' },
];
const AUTOMATIC = { value: 'AUTO', label: 'Bearer with a key, none without' };

const inline = { label: classes.inlineLabel, description: classes.inlineDescription, wrapper: classes.inlineWrapper };
const SEPARATORS = [',', ' ', '\n'];

type FieldProps = (path: string, type?: 'input' | 'checkbox') => ReturnType<AdvancedProps['form']['getInputProps']>;

interface GroupProps {
  readonly field: FieldProps;
  readonly form: AdvancedProps['form'];
  readonly readOnly: boolean;
}

/** In the order of who needs them: how to get in, which models come and under which names, how requests are shared. */
export function AdvancedFields({ form, kind, base, keyTriggers, readOnly }: AdvancedProps) {
  const field: FieldProps = (path, type = 'input') => ({ ...form.getInputProps(path, { type }), readOnly });
  const { hasKeyUpFront, holdsModels } = kinds[kind];
  return (
    <fieldset className={classes.plain} disabled={readOnly}>
      {!hasKeyUpFront && <KeyField form={form} base={base} triggers={keyTriggers} readOnly={readOnly} />}
      <Select
        label="Auth scheme"
        data={base ? AUTH_SCHEMES : [AUTOMATIC, ...AUTH_SCHEMES]}
        allowDeselect={false}
        comboboxProps={{ withinPortal: true }}
        {...field('auth')}
      />
      <HeaderRows form={form} readOnly={readOnly} />
      <ModelFields form={form} field={field} readOnly={readOnly} />
      <RoutingFields field={field} />
      <Switch
        label="Count tokens of streams"
        withThumbIndicator={false}
        description="Off: streams pass untouched, and their tokens stay uncounted."
        {...field('countStreamTokens', 'checkbox')}
      />
      {holdsModels && <MemoryFields field={field} />}
    </fieldset>
  );
}

function ModelFields({ form, field, readOnly }: GroupProps) {
  return (
    <>
      <TagsInput
        label="Allowlist"
        description="upstream ids, * at the end as wildcard; empty: all"
        splitChars={SEPARATORS}
        acceptValueOnBlur
        {...field('modelAllowlist')}
        classNames={{ ...inline, pill: classes.mono }}
      />
      <TagsInput
        label="Declared models"
        description="served although the endpoint does not list them"
        splitChars={SEPARATORS}
        acceptValueOnBlur
        {...field('declaredModels')}
        classNames={{ ...inline, pill: classes.mono }}
      />
      <AliasRows form={form} readOnly={readOnly} />
      <div className={classes.two}>
        <TextInput
          label="Model prefix"
          description="rack4/… before each name"
          autoComplete="off"
          spellCheck={false}
          {...field('modelPrefix')}
        />
        <TextInput
          label="Pool"
          description="fails over only within it"
          autoComplete="off"
          spellCheck={false}
          {...field('pool')}
        />
      </div>
      <TagsInput label="Tags" splitChars={[',']} acceptValueOnBlur {...field('tags')} />
    </>
  );
}

function RoutingFields({ field }: Pick<GroupProps, 'field'>) {
  return (
    <>
      <div className={classes.three}>
        <NumberInput label="Priority" description="lower is first" allowDecimal={false} {...field('priority')} />
        <NumberInput label="Weight" description="share of equals" allowDecimal={false} min={0} {...field('weight')} />
        <NumberInput
          label="Max in flight"
          description="empty: no limit"
          allowDecimal={false}
          min={1}
          {...field('maxInFlight')}
        />
      </div>
      <div className={classes.two}>
        <NumberInput
          label="First byte within"
          description="empty: the server's default"
          suffix=" s"
          min={0}
          decimalScale={3}
          {...field('firstByteTimeout')}
        />
        <NumberInput
          label="Silence of at most"
          description="while an answer runs"
          suffix=" s"
          min={0}
          decimalScale={3}
          {...field('idleTimeout')}
        />
      </div>
    </>
  );
}

/** What a caller may ask of an endpoint that holds models in memory. */
function MemoryFields({ field }: Pick<GroupProps, 'field'>) {
  return (
    <>
      <NumberInput
        label="Longest context"
        description="tokens a caller may ask for (num_ctx); empty: the model's own"
        allowDecimal={false}
        min={1}
        {...field('maxContextLength')}
      />
      <Switch
        label="Callers may keep models in memory"
        withThumbIndicator={false}
        description="Off: keep_alive of a request is left out, unless its caller may manage connections."
        {...field('allowKeepAlive', 'checkbox')}
      />
    </>
  );
}
