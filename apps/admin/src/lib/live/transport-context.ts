import { createContext, use } from 'react';
import type { LiveTransport } from './transport.js';

export const TransportContext = createContext<LiveTransport | null>(null);

/** The transport of the app. Throws outside of its provider. */
export function useTransport(): LiveTransport {
  const transport = use(TransportContext);
  if (!transport) throw new Error('useTransport needs a TransportContext above it');
  return transport;
}
