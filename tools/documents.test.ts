import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '..');

/** Files of the repository, those that nobody committed yet among them. */
function files(...patterns: string[]): string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...patterns];
  const names = execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 1e8 }).split('\0');
  return names.filter((name) => name !== '' && existsSync(join(root, name)));
}

const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** The anchors that GitHub gives the headings of a page. */
function anchors(text: string): Set<string> {
  const headings = text.replace(/^```[^]*?^```/gm, '').matchAll(/^#{1,6} +(.+)$/gm);
  const words = [...headings].map(([, heading = '']) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
  return new Set(words);
}

/** Why a link leads nowhere; null where it does not. */
function brokenLink(file: string, link: string): string | null {
  const [target = '', anchor] = link.split('#');
  const place = target === '' ? file : join(dirname(file), decodeURIComponent(target));
  if (!existsSync(join(root, place))) return `${file}: the link to ${link} leads to no file`;
  if (anchor === undefined || !place.endsWith('.md')) return null;
  return anchors(read(place)).has(anchor) ? null : `${file}: ${place} has no heading for #${anchor}`;
}

/** Paths from the root that a text names, but for patterns and for what is built. */
function namedPaths(text: string): string[] {
  const found = text.matchAll(
    /(?<![\w/.@:-])(?:apps|packages|docs|tools|\.ci|\.github|\.vscode)\/[\w.@/-]*\w(?![\w/-]*[*<{…])/g,
  );
  return [...found].map(([path]) => path).filter((path) => !/(?:^|\/)(?:dist|node_modules)(?:\/|$)/.test(path));
}

const pages = files('*.md');

describe('pages', () => {
  it('are found, this many at least', () => {
    expect(pages.length).toBeGreaterThan(15);
  });

  it('link to files and headings that exist', () => {
    const broken = pages.flatMap((file) => {
      const text = read(file).replace(/^```[^]*?^```/gm, '');
      const links = [...text.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].map(([, link = '']) => link);
      return links.filter((link) => !/^(?:[a-z]+:|\/)/.test(link)).map((link) => brokenLink(file, link));
    });
    expect(broken.filter((one) => one !== null)).toEqual([]);
  });

  it('name paths that exist', () => {
    const gone = pages.flatMap((file) =>
      namedPaths(read(file)).flatMap((path) => (existsSync(resolve(root, path)) ? [] : [`${file}: ${path}`])),
    );
    expect(gone).toEqual([]);
  });

  it('exist where code names them', () => {
    const code = files(
      ':!tools/documents.test.ts',
      '*.ts',
      '*.tsx',
      '*.js',
      '*.graphql',
      '.ci/run',
      '.env.example',
      '*.yml',
      '*.yaml',
    );
    const gone = code.flatMap((file) => {
      const named = [...read(file).matchAll(/(?<![\w/.-])docs\/[\w./-]+\.md/g)].map(([path]) => path);
      return named.flatMap((path) => (existsSync(join(root, path)) ? [] : [`${file}: ${path}`]));
    });
    expect(gone).toEqual([]);
  });

  it('tell a path that is gone from one that is there, and leave patterns alone', () => {
    expect(
      namedPaths(
        'see apps/api/src/main.ts, `docs/no-such.md`; apps/*/test, apps/admin/src/features/<page>, apps/api/dist/x.js.',
      ),
    ).toEqual(['apps/api/src/main.ts', 'docs/no-such.md']);
    expect(brokenLink('README.md', 'docs/no-such.md')).toContain('leads to no file');
    expect(brokenLink('README.md', 'docs/gateway.md#no-such')).toContain('has no heading');
    expect(brokenLink('README.md', 'docs/gateway.md#failing-over')).toBeNull();
  });
});

describe('the index of decisions', () => {
  const folder = 'docs/decisions';
  const names = readdirSync(join(root, folder)).filter((name) => name !== 'README.md');
  const rows = [
    ...read(`${folder}/README.md`).matchAll(/^\| (\d{4}) +\| (\d{4}-\d\d-\d\d) +\| \[(.+)\]\((.+)\) +\|$/gm),
  ];

  it('has a row for each, with the number, date and title that the page has', () => {
    const indexed = rows.map(([, number, date, title, name]) => ({ number, date, title, name }));
    const stated = names.map((name) => {
      const text = read(`${folder}/${name}`);
      const date = /^\*\*Decided\*\* (\d{4}-\d\d-\d\d)/m.exec(text)?.[1];
      return { number: name.slice(0, 4), date, title: /^# (.+)/.exec(text)?.[1], name };
    });
    expect(indexed).toEqual(stated.sort((a, b) => b.number.localeCompare(a.number)));
  });

  it('has numbers in a row from 0001', () => {
    const expected = names.map((_, index) => String(index + 1).padStart(4, '0'));
    expect(names.map((name) => name.slice(0, 4)).sort()).toEqual(expected);
  });
});
