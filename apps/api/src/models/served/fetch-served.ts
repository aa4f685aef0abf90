import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from '../../database/database.js';
import { afterPosition, fetchInNameOrder, type ModelQuery } from '../model-query.js';
import type { ListedModel, ServedModel } from '../model.types.js';
import { toServedModels } from './served-models.js';

/** Models that are read before it is looked whether their names are enough. */
const ROWS = 2_000;

/**
 * The first names, up to so many, of the models that the query finds. All models of a name decide whose it is: a name
 * counts when the models behind it have been read as well.
 */
export async function fetchServed(
  database: Database,
  query: ModelQuery,
  { available, most }: { readonly available: boolean | null; readonly most: number },
): Promise<ServedModel[]> {
  const served: ServedModel[] = [];
  let open: ListedModel[] = [];
  for (;;) {
    const page = query.clone();
    const last = open.at(-1);
    if (last !== undefined) afterPosition(database, page, last);
    const rows = await fetchInNameOrder(database, page, ROWS);
    const isEnd = rows.length < ROWS;
    const models = [...open, ...rows];
    // The last name may go on in what is read next.
    const lastName = models.at(-1)?.name;
    const whole = isEnd ? models.length : models.findIndex(({ name }) => name === lastName);
    for (const model of toServedModels(models.slice(0, whole))) {
      if (available === null || model.available === available) served.push(model);
    }
    if (isEnd || served.length >= most) return served.slice(0, most);
    open = models.slice(whole);
    await nextTurn();
  }
}
