import type { BrowserContext, Response } from 'playwright-core';

/** What the pages of a browser were sent. */
export interface Traffic {
  /** Every answer of the API with its headers, and every frame, so far. */
  text(): Promise<string>;
}

/**
 * Keeps it from now on, for pages that are opened later. `expected`: operations whose answers hold a secret by intent.
 */
export function recordTraffic(context: BrowserContext, expected: ReadonlySet<string>): Traffic {
  const answers: Promise<string>[] = [];
  const frames: string[] = [];
  context.on('response', (response) => {
    const isApi = new URL(response.url()).pathname.endsWith('/graphql');
    if (isApi && !expected.has(operationOf(response))) answers.push(textOf(response));
  });
  context.on('page', (page) => {
    page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => frames.push(payload.toString()));
    });
  });
  return { text: async () => [...(await Promise.all(answers)), ...frames].join('\n') };
}

function operationOf(response: Response): string {
  const body: unknown = response.request().postDataJSON();
  const name = typeof body === 'object' && body !== null ? (body as { operationName?: unknown }).operationName : null;
  return typeof name === 'string' ? name : '';
}

async function textOf(response: Response): Promise<string> {
  const headers = JSON.stringify(await response.allHeaders());
  // An answer that nobody waited for, as its page was left, has no body.
  const body = await response.text().catch(() => '');
  return `${headers}\n${body}`;
}
