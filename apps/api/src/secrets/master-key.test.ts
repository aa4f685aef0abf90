import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { openSecretBox } from './master-key.js';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'intrallm-key-'));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

const open = () => openSecretBox({ masterKeys: null, dataDirectory: path.join(folder, 'data') });
const file = () => path.join(folder, 'data', 'master.key');

it('makes one key file, readable by its owner alone, and finds it again', () => {
  const { keyId } = open();
  expect(fs.statSync(file()).mode & 0o777).toBe(0o600);
  expect(open().keyId).toBe(keyId);
  expect(fs.readdirSync(path.dirname(file()))).toEqual(['master.key']);
});

it('leaves no half of a key file where it could not be written, nor shows one while it is', () => {
  const write = jest.spyOn(fs, 'writeSync').mockImplementationOnce(() => {
    expect(fs.existsSync(file())).toBe(false);
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  });
  expect(open).toThrow('the key file cannot be written');
  write.mockRestore();
  expect(open().keyId).toBe(open().keyId);
  expect(fs.readdirSync(path.dirname(file()))).toEqual(['master.key']);
});

it('takes the file of another process that was faster', () => {
  const real = fs.writeSync;
  let faster = '';
  const write = jest.spyOn(fs, 'writeSync').mockImplementationOnce((...args: unknown[]) => {
    faster = open().keyId;
    return (real as (...all: unknown[]) => number)(...args);
  });
  expect(open().keyId).toBe(faster);
  write.mockRestore();
});

it('does without hard links where the file system has none', () => {
  const link = jest.spyOn(fs, 'linkSync').mockImplementationOnce(() => {
    throw Object.assign(new Error('operation not permitted'), { code: 'EPERM' });
  });
  const { keyId } = open();
  link.mockRestore();
  expect(open().keyId).toBe(keyId);
  expect(fs.readdirSync(path.dirname(file()))).toEqual(['master.key']);
});

it('leaves a key file that is there as it is', () => {
  open();
  fs.writeFileSync(file(), 'half a key');
  expect(open).toThrow(file());
  expect(fs.readFileSync(file(), 'utf8')).toBe('half a key');
});
