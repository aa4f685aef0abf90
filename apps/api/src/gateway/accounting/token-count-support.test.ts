import { describe, expect, it } from '@jest/globals';
import type { Connection } from '../../connections/connection.entity.js';
import { scanBody, withModel } from '../body/body-scanner.js';
import { refusesQuestion, TokenCountSupport, withQuestion } from './token-count-support.js';

const connection = (more: Partial<Connection> = {}) => ({ id: 'a', endpointRevision: 1, ...more }) as Connection;

describe('a connection is asked for the token counts of streams', () => {
  it('but not for 10 minutes after it refused, unless it moved to another place', () => {
    let now = 0;
    const options = new TokenCountSupport(() => now);
    options.refused(connection());
    expect(options.mayAsk(connection())).toBe(false);
    expect(options.mayAsk(connection({ id: 'b' }))).toBe(true);
    expect(options.mayAsk(connection({ endpointRevision: 2 }))).toBe(true);
    now = 10 * 60_000;
    expect(options.mayAsk(connection())).toBe(true);
  });

  it('by one more field, with every byte of the caller in its place', () => {
    const body = Buffer.from(' { "n":12345678901234567890, "model" : "ä", "stream":true }');
    const { model, optionsAt } = scanBody(body)!;
    const whole = Buffer.concat(withQuestion([body], optionsAt!)).toString();
    expect(whole).toBe(body.toString().replace('{', '{"stream_options":{"include_usage":true},'));
    const renamed = Buffer.concat(withQuestion(withModel(body, model!, 'b'), optionsAt!)).toString();
    expect(renamed).toBe(whole.replace('"ä"', '"b"'));
    expect(JSON.parse(renamed)).toMatchObject({ stream_options: { include_usage: true }, model: 'b', stream: true });
  });

  it('and refuses by an error about the question, and by no other', () => {
    const says = (status: number, text: string) => refusesQuestion(status, Buffer.from(text));
    expect(says(422, '{"detail":[{"loc":["body","stream_options"]}]}')).toBe(true);
    expect(says(400, 'Unknown field: include_usage')).toBe(true);
    expect([says(400, 'messages is required'), says(500, 'stream_options')]).toEqual([false, false]);
  });
});
