import { getOperationAST } from 'graphql';
import type { StreamSink } from '../lib/live/status-stream.js';
import type { LiveTransport } from '../lib/live/transport.js';

interface OpenedSubscription {
  readonly name: string;
  readonly variables: Record<string, unknown>;
  readonly sink: StreamSink<unknown>;
  ended: boolean;
}

/** A transport in the test's hands: it says what was subscribed to, and the test says what comes. */
export function createScriptedTransport() {
  const opened: OpenedSubscription[] = [];
  const transport: LiveTransport = {
    subscribe(document, variables, sink) {
      const subscription: OpenedSubscription = {
        name: getOperationAST(document)?.name?.value ?? '',
        variables,
        // The test knows by the name which data it sends.
        sink: sink,
        ended: false,
      };
      opened.push(subscription);
      return () => {
        subscription.ended = true;
      };
    },
  };
  /** The newest subscription of a name. */
  const latest = (name: string): OpenedSubscription => {
    const found = opened.findLast((subscription) => subscription.name === name);
    if (!found) throw new Error(`Nobody has subscribed to ${name}`);
    return found;
  };
  return { transport, opened, latest };
}
