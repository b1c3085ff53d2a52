/**
 * Writes custom.json here: the schemas of operators' kinds that the chart makes, which refuse unknown fields, without their
 * descriptions. They come from the definitions (CRD) in Go modules, as `go mod download -json <module>@<version>` leaves them:
 *
 *   node test/helm/kubernetes/make-custom-schemas.ts "$(go env GOMODCACHE)"
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';

import { customDefinitionOf } from './kinds.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [member: string]: Json };
type Members = { readonly [member: string]: Json };

/** https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/ */
interface Definition {
  readonly spec: {
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Members } }[];
  };
}

const [folder = ''] = process.argv.slice(2);
const schemas = Object.entries(customDefinitionOf).map(([kind, file]): [string, Json] => {
  const version = kind.split(' ', 1)[0]?.split('/')[1];
  const { spec } = parse(readFileSync(join(folder, file), 'utf8')) as Definition;
  const found = spec.versions.find(({ name }) => name === version);
  if (found === undefined) throw new Error(`${file} does not define the version ${version ?? ''}`);
  return [kind, strict(found.schema.openAPIV3Schema)];
});
writeFileSync(join(import.meta.dirname, 'custom.json'), `${JSON.stringify(Object.fromEntries(schemas))}\n`);

/** What the API server would prune is refused: an object has its properties and no others, unless it says that it may. */
function strict(schema: Members): Json {
  const { properties } = schema;
  const isOpen = 'additionalProperties' in schema || schema['x-kubernetes-preserve-unknown-fields'] === true;
  const kept = Object.entries(schema).flatMap(([key, value]): [string, Json][] => {
    if (key === 'description' || key === 'example' || key.startsWith('x-kubernetes')) return [];
    if (key === 'pattern' && !isPattern(value)) return [];
    if (key === 'properties' && isMembers(value))
      return [[key, Object.fromEntries(Object.entries(value).map(([name, own]) => [name, strictIn(own)]))]];
    // Those of anyOf and the like only add to what stands beside them.
    return [[key, key === 'items' || key === 'additionalProperties' ? strictIn(value) : value]];
  });
  const closed = properties === undefined || isOpen ? [] : [['additionalProperties', false] as const];
  return Object.fromEntries([...kept, ...closed]);
}

function strictIn(value: Json): Json {
  return isMembers(value) ? strict(value) : value;
}

/** Go has some that JavaScript has not: `(?i)`. */
function isPattern(value: Json): boolean {
  try {
    return typeof value === 'string' && new RegExp(value, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

function isMembers(value: Json): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
