import { isObject } from '../replies/template.js';
import type { JsonObject } from '../reply.js';

/** The JSON object that a body holds, or null. */
export function parseObject(bytes: Buffer): JsonObject | null {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isObject(value) ? value : null;
  } catch {
    // Whatever is wrong with it, a server's answer is the same.
    return null;
  }
}
