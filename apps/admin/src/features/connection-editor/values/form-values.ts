import type { AuthScheme } from '@intrallm/schema';
import { type EditedConnection, type SettingValues, initialSettings, storedSettings } from './settings.js';

/** What the dialog holds while it is open: the endpoint, how one signs in to it, and a value for each setting. */
export interface ConnectionFormValues extends SettingValues {
  url: string;
  apiKey: string;
  removeApiKey: boolean;
  name: string;
  /** AUTO leaves the choice to the server: Bearer with a key, none without. Offered while adding only. */
  auth: AuthScheme | 'AUTO';
}

/** The values of a new connection; `url` may come from an example that was clicked. */
export function newConnectionValues(url = ''): ConnectionFormValues {
  return { url, apiKey: '', removeApiKey: false, name: '', auth: 'AUTO', ...initialSettings() };
}

/** The values of a connection as it is stored. The key field starts empty: the key itself never comes back. */
export function storedConnectionValues(connection: EditedConnection): ConnectionFormValues {
  const { url, name, auth } = connection;
  return { url, apiKey: '', removeApiKey: false, name, auth, ...storedSettings(connection) };
}

/** The name that the server gives when none is typed: host and port of the URL; null while there is no such URL. */
export function defaultName(url: string): string | null {
  const text = url.trim();
  if (text === '') return null;
  const candidate = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  return URL.canParse(candidate) ? new URL(candidate).host || null : null;
}
