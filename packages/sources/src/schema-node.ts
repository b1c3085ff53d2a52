import type { JsonSchema } from './json-schema.ts';
import type { DocumentPath } from './problem.ts';

/** What the schema says about one place of the document. */
export interface SchemaNode {
  readonly json: JsonSchema;
  /** Of the place itself, else of the nearest one around it that has one. */
  readonly description: string | undefined;
  /** The settings there are, where it is a mapping. */
  readonly keys: readonly string[];
}

/** Follows a path through the schema; where there are alternatives, the one that the value was meant to be. */
export function schemaAt(root: JsonSchema, value: unknown, path: DocumentPath): SchemaNode {
  let json = root;
  let description = textOf(root);
  let current = value;
  for (const segment of path) {
    const branch = branchFor(json, current);
    json = typeof segment === 'number' ? objectAt(branch, 'items') : objectAt(objectAt(branch, 'properties'), segment);
    current = valueAt(current, [segment]);
    description = textOf(json) ?? description;
  }
  const keys = Object.keys(objectAt(branchFor(json, current), 'properties'));
  return { json, description, keys };
}

function textOf({ description }: JsonSchema): string | undefined {
  return typeof description === 'string' ? description : undefined;
}

/** What stands at a path; undefined when nothing does. */
export function valueAt(value: unknown, path: DocumentPath): unknown {
  let current = value;
  for (const segment of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, segment)) return undefined;
    current = Reflect.get(current, segment);
  }
  return current;
}

function branchFor(json: JsonSchema, value: unknown): JsonSchema {
  const branches = [json['oneOf'], json['anyOf']].find((list) => Array.isArray(list));
  if (branches === undefined) return json;
  const candidates = branches.filter(isObject);
  return candidates.find((branch) => fits(branch, value)) ?? json;
}

/** Of the kind of the value, and with every constant of the branch as in the value. */
function fits(branch: JsonSchema, value: unknown): boolean {
  if (branch['type'] === 'string') return typeof value === 'string';
  if (!isObject(value) || branch['type'] !== 'object') return false;
  return Object.entries(objectAt(branch, 'properties')).every(
    ([key, property]) => !isObject(property) || !('const' in property) || property['const'] === value[key],
  );
}

function objectAt(json: JsonSchema, key: string): JsonSchema {
  const found = Object.hasOwn(json, key) ? json[key] : undefined;
  return isObject(found) ? found : {};
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
