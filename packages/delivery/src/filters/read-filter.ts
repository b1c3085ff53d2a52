import { checkFilter, type Schema } from '@trunkline/expressions';
import { jsonSchemaOf, sentTypes } from '@trunkline/payload';

import { typesNamed } from '../type-patterns.ts';

/**
 * Reads the filter of an endpoint that wants events of those types, as people write it; empty: there is none. Throws
 * `config_invalid` (`FilterError`) where it does not fit one of the types, saying which and where.
 */
export function readFilter(given: string, patterns: readonly string[]): string {
  const filter = given.trim();
  if (filter === '') return '';
  checkFilter(filter, new Map(typesNamed(patterns).map((type) => [type, schemaOfType(type)])));
  return filter;
}

const schemas = new Map<string, Schema>();

/** What messages of a type look like. Of a type that this build does not know, nothing is said. */
export function schemaOfType(type: string): Schema {
  const known = schemas.get(type);
  if (known !== undefined) return known;
  const schema = jsonSchemaOf(type) ?? { type: 'object', properties: {} };
  // As many as there are types: others are not sent.
  if (sentTypes.includes(type)) schemas.set(type, schema);
  return schema;
}
