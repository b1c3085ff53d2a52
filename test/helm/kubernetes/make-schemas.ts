/**
 * Writes <version>.json here: the schemas of the kinds that the chart makes, which refuse unknown fields, without their
 * descriptions. They come from PyPI's kubernetes-validate, unpacked somewhere:
 *
 *   node test/helm/kubernetes/make-schemas.ts <folder>/kubernetes_validate/kubernetes-json-schema 1.30 1.37
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { definitionOf } from './kinds.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [member: string]: Json };
type Definitions = Readonly<Record<string, Json>>;

const [folder = '', ...versions] = process.argv.slice(2);
for (const version of versions) {
  const file = join(folder, `v${version}.0-local-strict`, '_definitions.json');
  // The format of that package: JSON Schema with everything below $defs.
  const { $defs } = JSON.parse(readFileSync(file, 'utf8')) as { readonly $defs: Definitions };
  const text = JSON.stringify({ $defs: reachable($defs, Object.values(definitionOf)) });
  writeFileSync(join(import.meta.dirname, `${version}.json`), `${text}\n`);
}

/** The named definitions and all that they refer to, with references within one document. */
function reachable(all: Definitions, names: readonly string[]): Definitions {
  const found = new Map<string, Json>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    found.set(name, null); // It may refer to itself.
    found.set(name, strip(all[name] ?? null, visit));
  };
  names.forEach(visit);
  return Object.fromEntries([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function strip(value: Json, visit: (name: string) => void): Json {
  if (Array.isArray(value)) return value.map((entry: Json) => strip(entry, visit));
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).filter(
    // A property may be called description as well; its value is a schema then.
    ([key, entry]) => !key.startsWith('x-kubernetes') && !(key === 'description' && typeof entry === 'string'),
  );
  return Object.fromEntries(
    kept.map(([key, entry]): [string, Json] => {
      if (key !== '$ref' || typeof entry !== 'string') return [key, strip(entry, visit)];
      const name = entry.slice(entry.lastIndexOf('/') + 1);
      visit(name);
      return [key, `#/$defs/${name}`];
    }),
  );
}
