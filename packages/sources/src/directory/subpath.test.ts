import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, it } from 'vitest';

/** Every module that a file brings in when it is loaded: types bring in nothing. */
function loadedBy(file: string, seen = new Set<string>()): ReadonlySet<string> {
  const text = readFileSync(file, 'utf8').replaceAll(/^(?:import|export) type [^;]*;/gm, '');
  for (const [, name = ''] of text.matchAll(/^(?:import|export) [^;]*?from '([^']+)';/gms)) {
    const path = name.startsWith('.') ? join(dirname(file), name) : name;
    if (seen.has(path)) continue;
    seen.add(path);
    if (name.startsWith('.')) loadedBy(path, seen);
  }
  return seen;
}

it('the directory loads no provider', () => {
  const loaded = loadedBy(join(import.meta.dirname, 'index.ts'));

  const packages = [...loaded].filter((name) => name.startsWith('@')).toSorted();
  expect(packages).toEqual(['@trunkline/addresses', '@trunkline/core']);
});
