import { z } from 'zod';

/** The endpoint's own words about a failure, in any of the shapes servers use, and its own code for it. */
export interface ErrorWords {
  readonly message: string | null;
  readonly code: string | null;
}

const record = z.record(z.string(), z.unknown());
const NONE: ErrorWords = { message: null, code: null };

/**
 * Reads one message out of an error body: OpenAI's, Ollama's, TGI's, vLLM's, Mistral's, FastAPI's, xAI's, Google's
 * (also in an array), Cloudflare's, plain text, the title of an HTML page, or nothing. The caller redacts.
 */
export function errorWords(body: string): ErrorWords {
  const text = body.trim();
  if (text === '') return NONE;
  if (text.startsWith('<')) return { message: htmlTitle(text), code: null };
  if (!/^[[{"]/.test(text)) return { message: text, code: null };
  try {
    return fromJson(JSON.parse(text), 0);
  } catch {
    // Something that only looked like JSON is shown as it came.
    return { message: text, code: null };
  }
}

/** The words of an `error` member in an answer that was parsed already; null if it holds none. */
export function errorWordsOf(json: unknown): ErrorWords | null {
  const parsed = record.safeParse(json);
  const holdsError = parsed.success && parsed.data['error'] !== undefined && parsed.data['error'] !== null;
  return holdsError ? fromJson(json, 0) : null;
}

function fromJson(json: unknown, depth: number): ErrorWords {
  if (typeof json === 'string') return { message: json.trim() || null, code: null };
  if (depth > 4) return NONE;
  if (Array.isArray(json)) return fromJson(json[0], depth + 1);
  const parsed = record.safeParse(json);
  if (!parsed.success) return NONE;
  const body = parsed.data;
  const code = firstText(body['code'], body['type'], body['error_type'], body['status']);
  for (const name of ['error', 'message', 'detail', 'errors', 'msg', 'error_description', 'title']) {
    const words = fromJson(body[name], depth + 1);
    if (words.message !== null) return { message: words.message, code: words.code ?? code };
  }
  return { message: null, code };
}

function firstText(...values: unknown[]): string | null {
  return values.find((value): value is string => typeof value === 'string' && value !== '') ?? null;
}

function htmlTitle(html: string): string | null {
  const title = /<title[^>]*>([^<]{1,200})/i.exec(html)?.[1] ?? /<h1[^>]*>([^<]{1,200})/i.exec(html)?.[1];
  return title?.trim() || null;
}
