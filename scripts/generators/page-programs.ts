import { globSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';

import type { Generator } from './generator.ts';
import { fenced } from './markdown.ts';

/**
 * A how-to page shows programs that the tests run. Whatever stands in the block after `<!-- program: <file> -->` is
 * replaced by that file, named from the folder of the page; the rest of the page is written by hand.
 */
export const pagePrograms: Generator = {
  name: 'page-programs',
  files: () => new Map(globSync('docs/how-to/*.md', { cwd: root }).toSorted().flatMap(filled)),
};

const root = join(import.meta.dirname, '../..');
const slot = /^<!-- program: (\S+) -->\n```[a-z]*\n[\s\S]*?^```$/gm;
const languages: Readonly<Record<string, string>> = { '.mjs': 'js', '.py': 'python', '.txt': 'text' };

/** Pages without a program are not ours. */
function filled(path: string): readonly [path: string, text: string][] {
  const written = readFileSync(join(root, path), 'utf8');
  if (written.search(slot) < 0) return [];
  const text = written.replaceAll(slot, (_whole, file: string) => {
    const program = readFileSync(join(root, dirname(path), file), 'utf8');
    return `<!-- program: ${file} -->\n${fenced(languages[extname(file)] ?? '', program)}`;
  });
  return [[path, text]];
}
