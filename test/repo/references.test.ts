import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { placesOf, staleReferences } from './references.ts';

const root = resolve(import.meta.dirname, '../..');

const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((file) => file !== '' && existsSync(join(root, file)));
const places = placesOf({ root, files });
/** Every file is read; a busy machine takes its time. */
const readingLimitMs = 120_000;

describe('pages and comments', () => {
  it(
    'point only at files and headings that exist',
    () => {
      const readable = files.filter(
        (file) => /\.(?:md|ts|mjs|sql|py|ya?ml)$/.test(file) && !file.includes('/fixtures/'),
      );

      const stale = readable.flatMap((file) =>
        staleReferences(file, places).map(({ line, reference }) => `${file}:${line} ${reference}`),
      );

      expect(stale).toEqual([]);
    },
    readingLimitMs,
  );
});

describe('a reference', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'trunkline-references-'));
    mkdirSync(join(folder, 'docs'));
    writeFileSync(join(folder, 'docs/page.md'), '# Page\n\n## A part of it\n');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function staleIn(name: string, text: string): readonly string[] {
    writeFileSync(join(folder, name), text);
    const inside = placesOf({ root: folder, files: ['docs/page.md', name] });
    return staleReferences(name, inside).map(({ line, reference }) => `${line} ${reference}`);
  }

  it.each([
    ['a page', '// see gone.md', '1 gone.md'],
    ['a path', '/** In packages/gone/src/a.ts. */', '1 packages/gone/src/a.ts.'],
    ['a file of code', '// as gone.ts does', '1 gone.ts'],
    ['a heading', '// docs/page.md, "Another part"', '1 docs/page.md, "Another part"'],
    ['a heading on the next line', '/*\n * docs/page.md,\n * "Another part"\n */', '2 docs/page.md, "Another part"'],
    ['a number of a page without numbers', '// page.md §2', '1 page.md §2'],
  ])('to %s that is not there is found in a comment', (_, comment, stale) => {
    expect(staleIn('code.ts', `${comment}\nexport const a = 1;\n`)).toEqual([stale]);
  });

  it.each([
    ['a file', '[x](gone.md)', '1 gone.md'],
    ['a heading', '[x](docs/page.md#another-part)', '1 docs/page.md#another-part'],
    ['a heading of the page itself', '# One\n[x](#two)', '2 #two'],
  ])('as a link to %s that is not there is found in a page', (_, link, stale) => {
    expect(staleIn('README.md', link)).toEqual([stale]);
  });

  it.each([
    ['code.ts', '// docs/page.md, "A part of it", and code.ts, and packages/<name>/src, and https://a.example/b.md'],
    ['code.ts', 'const text = "see gone.md";'],
    ['README.md', '[x](docs/page.md#a-part-of-it) and [y](https://a.example/gone.md)'],
  ])('that leads somewhere, or is none, is left alone: %s', (name, text) => {
    expect(staleIn(name, text)).toEqual([]);
  });
});
