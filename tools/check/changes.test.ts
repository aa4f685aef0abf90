import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { readChanges, readTests } from './changes.js';

let root = '';

function git(...args: string[]): void {
  const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', '-c', 'commit.gpgsign=false'];
  const env = { PATH: process.env['PATH'] ?? '', HOME: root };
  execFileSync('git', [...who, ...args], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

const write = (name: string, text = name): void => writeFileSync(path.join(root, name), text);

function commit(...names: string[]): void {
  for (const name of names) write(name, `${name} of ${names.join()}`);
  git('add', '--all');
  git('commit', '--quiet', '--message', names.join());
}

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'intrallm-check-'));
  git('init', '--quiet', '--initial-branch=main');
  commit('kept.ts', 'gone.ts', 'kept.test.ts');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

it('on a branch: what is new since it left main, committed or not, and not what main got meanwhile', () => {
  git('switch', '--quiet', '--create', 'topic');
  commit('a file with a space.ts');
  git('switch', '--quiet', 'main');
  commit('of main.ts');
  git('switch', '--quiet', 'topic');
  write('untracked.md');
  write('kept.ts', 'edited');
  git('rm', '--quiet', 'gone.ts');
  const { since, changed, removed } = readChanges(root);
  expect(since).toMatch(/^where this branch left main \([0-9a-f]{8}\)$/);
  expect(changed).toEqual(['a file with a space.ts', 'kept.ts', 'untracked.md']);
  expect(removed).toEqual(['gone.ts']);
});

it('on main without another one: what is not committed', () => {
  commit('committed.ts');
  expect(readChanges(root)).toMatchObject({ changed: [], removed: [] });
  write('kept.ts', 'edited');
  const { since, changed } = readChanges(root);
  expect(since).toMatch(/^the last commit /);
  expect(changed).toEqual(['kept.ts']);
});

it('on main that follows another one: what was not pushed', () => {
  git('branch', 'pushed');
  git('branch', '--quiet', '--set-upstream-to=pushed');
  commit('not pushed.ts');
  const { since, changed } = readChanges(root);
  expect(since).toMatch(/^pushed /);
  expect(changed).toEqual(['not pushed.ts']);
});

it('reads the tests that are there, also one that is not committed', () => {
  write('new.test.tsx', 'text');
  rmSync(path.join(root, 'kept.test.ts'));
  expect(readTests(root)).toEqual([{ file: 'new.test.tsx', text: 'text' }]);
});
