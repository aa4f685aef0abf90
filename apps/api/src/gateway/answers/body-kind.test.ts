import { expect, it } from '@jest/globals';
import { kindOfStart, mediaTypeOf } from './body-kind.js';

it.each([
  ['data: {}', 'EVENTS'],
  ['data:{}', 'EVENTS'],
  ['event: x', 'EVENTS'],
  ['id: 1', 'EVENTS'],
  ['retry: 1', 'EVENTS'],
  [': ping', 'EVENTS'],
  ['\uFEFFdata: {}', 'EVENTS'],
  ['\r\n\r\ndata: x', 'EVENTS'],
  ['{"a":1}', 'JSON'],
  ['\n\n [', 'JSON'],
  ['\uFEFF{', 'JSON'],
  ['<!doctype html>', 'OTHER'],
  ['database', 'OTHER'],
  ['Grüße', 'OTHER'],
  ['', null],
  ['\n\n\n', null],
  ['dat', null],
  ['ev', null],
  ['\uFEFF', null],
])('what begins with %j is %s', (text, kind) => {
  expect(kindOfStart(Buffer.from(text))).toBe(kind);
});

it('the beginning of a byte order mark tells nothing yet', () => {
  expect(kindOfStart(Buffer.from([0xef, 0xbb]))).toBeNull();
});

it.each([
  ['Text/Event-Stream; charset=utf-8', 'text/event-stream'],
  [' application/json ;x=y', 'application/json'],
  [['text/plain', 'text/html'], 'text/plain'],
  [undefined, ''],
])('the media type of %j is %j', (stated, type) => {
  expect(mediaTypeOf(stated)).toBe(type);
});
