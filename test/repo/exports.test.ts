import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { expect, it } from 'vitest';

/** What a file exports, somebody else uses: an export that only its own file needs promises what nobody asked for. */

const root = resolve(import.meta.dirname, '../..');

const declaration = /^export (?:async )?(?:function\*?|const|let|class) (\w+)(?![\w$])/gm;
const reexport = /^export \{[^}]*\} from '[^']+';$/gm;
const comment = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;

/** Of each file its code, without comments: a name that is only spoken of is not used. */
function codeOf(patterns: readonly string[]): ReadonlyMap<string, string> {
  const files = globSync([...patterns], { cwd: root, exclude: ['**/node_modules/**', '**/dist/**'] });
  return new Map(files.map((file) => [file, readFileSync(resolve(root, file), 'utf8').replaceAll(comment, '')]));
}

it('no file exports a function, value or class that no other file uses', () => {
  const code = codeOf(['{packages,services,scripts,test}/**/*.{ts,mjs}', '*.config.ts']);
  const filesOf = new Map<string, Set<string>>();
  for (const [file, text] of code)
    for (const [name] of text.replaceAll(reexport, '').matchAll(/[\w$]+/g))
      filesOf.set(name, (filesOf.get(name) ?? new Set<string>()).add(file));

  const unused = [...code]
    // A test exports what is there to be compiled and never run.
    .filter(([file]) => !file.includes('generated') && !file.endsWith('.test.ts'))
    .flatMap(([file, text]) =>
      [...text.matchAll(declaration)].flatMap(([, name = '']) =>
        (filesOf.get(name)?.size ?? 0) > 1 ? [] : [`${file}: ${name}`],
      ),
    );

  expect(code.size).toBeGreaterThan(1_000);
  expect(unused).toEqual([]);
});
