import { expect, it } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import { translateDatabaseError } from './database-error.js';

const socketError = (code: string, syscall: string) =>
  Object.assign(new Error(`${syscall} ${code}`), { code, syscall });

it.each([
  ['EPIPE', 'write'],
  ['ECONNRESET', 'read'],
  ['ECONNABORTED', 'write'],
  ['ECANCELED', 'read'],
])('%s of a caller who goes away says nothing of the database', (code, syscall) => {
  const error = socketError(code, syscall);
  expect(translateDatabaseError(error)).toBe(error);
});

it.each([
  ['a statement whose connection broke', new QueryFailedError('SELECT 1', [], socketError('ECONNRESET', 'read'))],
  ['a server that is not there', socketError('ECONNREFUSED', 'connect')],
  ['a server whose name is unknown', socketError('ENOTFOUND', 'getaddrinfo')],
])('%s is a database that cannot be reached', (_what, error) => {
  expect(translateDatabaseError(error)).toMatchObject({ code: 'UNAVAILABLE' });
});

it.each([
  ['SQLITE_FULL', 'The database has no room left on its disk.'],
  ['53100', 'The database has no room left on its disk.'],
  ['57014', 'The database took too long to answer. Try again.'],
  ['ETIMEDOUT', 'The database cannot be reached right now.'],
])('a driver that says %s is UNAVAILABLE in a sentence', (code, message) => {
  const driverError = Object.assign(new Error('could not extend file'), { code });
  const error = new QueryFailedError('SELECT 1', [], driverError);
  expect(translateDatabaseError(error)).toMatchObject({ code: 'UNAVAILABLE', message });
});
