import type { ConnectionKind } from '@intrallm/schema';
import type { FieldIssue } from '../../../lib/error-codes.js';
import { kinds } from '../../../lib/kinds.js';
import type { SentRows } from './form-rows.js';
import type { ConnectionFormValues } from './form-values.js';
import { SETTINGS, type SettingName } from './settings.js';

export interface SortedIssues {
  /** By the path that the form uses, `headers.2.name` or `url`: shown beside that field. */
  readonly fields: Readonly<Record<string, string>>;
  /** What belongs to no field of the form: shown above the buttons. */
  readonly others: readonly string[];
}

/** The form's field for each field of the API. */
const FORM_FIELD: Readonly<Record<string, keyof ConnectionFormValues>> = {
  url: 'url',
  apiKey: 'apiKey',
  removeApiKey: 'apiKey',
  name: 'name',
  auth: 'auth',
  ...Object.fromEntries(Object.entries(SETTINGS).map(([name, { field }]) => [field, name as SettingName])),
};

const UP_FRONT: readonly string[] = ['url', 'apiKey', 'name', 'enabled'];

/**
 * Where the form shows an error of `path`; null where it has no such field. `sent` maps positions sent to rows shown.
 */
function formPath(path: string, sent: SentRows): string | null {
  const [root = '', index, ...rest] = path.replace(/^input\./, '').split('.');
  const field = FORM_FIELD[root];
  if (field === undefined) return null;
  if ((field !== 'headers' && field !== 'modelAliases') || index === undefined) return field;
  const row = sent[field][Number(index)];
  if (row === undefined) return field;
  return [field, row, rest[0] ?? (field === 'headers' ? 'name' : 'upstreamId')].join('.');
}

/** Puts each issue beside the field it is about; several about one field become one text. */
export function sortIssues(issues: readonly FieldIssue[], sent: SentRows): SortedIssues {
  const fields: Record<string, string> = {};
  const others: string[] = [];
  for (const { field, message } of issues) {
    const path = formPath(field, sent);
    if (path === null) others.push(message);
    else fields[path] = fields[path] === undefined ? message : `${fields[path]} ${message}`;
  }
  return { fields, others };
}

/** True where a field of the Advanced fold is wrong, so that the fold has to open. */
export function isInAdvanced(path: string, kind: ConnectionKind): boolean {
  return !UP_FRONT.includes(path) || (path === 'apiKey' && !kinds[kind].hasKeyUpFront);
}
