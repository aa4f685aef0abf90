import { TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { TextButton } from '../../components/buttons/text-button.js';
import { Notice } from '../../components/notice.js';
import { formatCount } from '../../lib/format/count.js';
import { smallIconProps } from '../../lib/icon.js';
import { ChatExample } from './chat-example.js';
import classes from './connection-details.module.css';
import { type DetailedModel, mayChat } from './model-facts.js';
import { ModelRow } from './model-row.js';
import { useModels } from './use-models.js';

const SEARCH_DELAY_MS = 200;
const SEARCHABLE_FROM = 6;

interface ModelListProps {
  readonly connectionId: string;
  readonly connectionName: string;
  /** Changes whenever the catalogue may have changed. */
  readonly catalogue: string;
  readonly mayEdit: boolean;
}

/** The models that a connection brought, and how to chat with the chosen one. */
export function ModelList({ connectionId, connectionName, catalogue, mayEdit }: ModelListProps) {
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed, SEARCH_DELAY_MS);
  const [chosenId, setChosenId] = useState<string | null>(null);
  const { models, total, hasMore, failure, readMore } = useModels(connectionId, search, catalogue);
  const chosen = models?.find(({ id }) => id === chosenId) ?? firstToTry(models ?? []);
  const isSearchable = typed !== '' || (total ?? 0) >= SEARCHABLE_FROM;

  return (
    <section className={classes.models} aria-label={`Models of ${connectionName}`}>
      <header className={classes.heading}>
        <h4>Models</h4>
        <span role="status">{total !== null && (search === '' ? total : `${total} found`)}</span>
        {isSearchable && (
          <TextInput
            className={classes.search ?? ''}
            size="xs"
            type="search"
            aria-label={`Search the models of ${connectionName}`}
            placeholder="Search"
            leftSection={<IconSearch {...smallIconProps} />}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
      </header>
      {failure && <Notice tone="attention" fact="The models could not be read." hint={failure.message} />}
      {models?.length === 0 && (
        <p className={classes.quiet}>{search === '' ? 'No models yet.' : `No model has “${search}” in its name.`}</p>
      )}
      {models && models.length > 0 && (
        <ul className={classes.list}>
          {models.map((model) => (
            <ModelRow
              key={model.id}
              model={model}
              chosen={model.id === chosen?.id}
              mayEdit={mayEdit}
              onChoose={setChosenId}
            />
          ))}
          {hasMore && total !== null && (
            <li className={classes.more}>
              <TextButton onClick={readMore}>Show more of {formatCount(total, 'model')}</TextButton>
            </li>
          )}
        </ul>
      )}
      {chosen && <ChatExample model={chosen} />}
    </section>
  );
}

/** The first that answers now and may chat; else the first at all, so that the command can be seen. */
function firstToTry(models: readonly DetailedModel[]): DetailedModel | undefined {
  return models.find((model) => model.available && !model.shadowed && mayChat(model)) ?? models[0];
}
