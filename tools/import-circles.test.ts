import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { root, sourceFiles } from './source-files.js';

type Imports = ReadonlyMap<string, readonly string[]>;

/** For each source file the files of ours that it imports: types, re-exports and late imports too. */
function readImports(files: readonly string[]): Imports {
  const known = new Set(files);
  const resolve = (from: string, specifier: string): string | undefined => {
    const target = path.posix.join(path.posix.dirname(from), specifier).replace(/\.js$/, '');
    return [`${target}.ts`, `${target}.tsx`].find((file) => known.has(file));
  };
  const importsOf = (file: string): string[] =>
    ts
      .preProcessFile(readFileSync(path.join(root, file), 'utf8'), true, false)
      .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
      .flatMap(({ fileName }) => resolve(file, fileName) ?? []);
  return new Map(files.map((file) => [file, importsOf(file)]));
}

/** One circle for each knot of files that import each other: the shortest through its first file. */
function findCircles(imports: Imports): string[][] {
  const circles: string[][] = [];
  const inCircle = new Set<string>();
  for (const start of [...imports.keys()].sort()) {
    if (inCircle.has(start)) continue;
    const circle = shortestCircle(imports, start);
    if (circle === null) continue;
    circles.push(circle);
    for (const file of circle) inCircle.add(file);
  }
  return circles;
}

function shortestCircle(imports: Imports, start: string): string[] | null {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const file of queue) {
    for (const next of imports.get(file) ?? []) {
      if (next === start) {
        const circle = [file];
        for (let at = file; at !== start;) circle.unshift((at = cameFrom.get(at)!));
        return circle;
      }
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, file);
      queue.push(next);
    }
  }
  return null;
}

describe('imports', () => {
  it('form no circles, those of types included', () => {
    const imports = readImports(sourceFiles().filter((file) => /\.tsx?$/.test(file)));
    expect([...imports.values()].flat().length).toBeGreaterThan(1000);
    expect(findCircles(imports).map((circle) => circle.join(' → '))).toEqual([]);
  });

  it('are seen to form a circle where they do', () => {
    const imports = new Map([
      ['a.ts', ['b.ts']],
      ['b.ts', ['c.ts', 'd.ts']],
      ['c.ts', ['b.ts']],
      ['d.ts', []],
      ['e.ts', ['e.ts']],
    ]);
    expect(findCircles(imports)).toEqual([['b.ts', 'c.ts'], ['e.ts']]);
  });
});
