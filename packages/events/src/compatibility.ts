import { ownType } from './avro-types.ts';

/**
 * Whether a schema may follow another on one subject. Stricter than the registry's FULL_TRANSITIVE: a subscriber of
 * any age must read any record and find the same meaning under the same name. Nothing is renamed, removed, promoted or
 * given another default; what may happen is one more nullable field.
 */

/** Every reason why `candidate` may not be released after `released`; none when it may. Both are composed schema texts. */
export function incompatibilities(released: string, candidate: string): readonly string[] {
  return [...resolutionFailures(released, candidate), ...changes('', parsed(released), parsed(candidate))];
}

/** Every breach of the rules that hold for a schema by itself. */
export function ruleBreaches(schemaText: string): readonly string[] {
  return breaches('', parsed(schemaText));
}

type Json = null | boolean | number | string | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [name: string]: Json | undefined;
}

function parsed(text: string): Json {
  // JSON.parse returns JSON.
  return JSON.parse(text) as Json;
}

function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/** What Avro's own schema resolution says, in both directions: old readers and new ones. */
function resolutionFailures(released: string, candidate: string): readonly string[] {
  const failures: string[] = [];
  const directions = [
    { name: 'the candidate cannot read what the released schema wrote', reader: candidate, writer: released },
    { name: 'the released schema cannot read what the candidate wrote', reader: released, writer: candidate },
  ];
  for (const { name, reader, writer } of directions) {
    try {
      ownType(reader).createResolver(ownType(writer));
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return failures;
}

/** Differences that are refused, whether or not Avro could resolve them. `doc` may change. */
function changes(path: string, released: Json | undefined, candidate: Json | undefined): readonly string[] {
  if (Array.isArray(released) || Array.isArray(candidate)) {
    if (!Array.isArray(released) || !Array.isArray(candidate) || released.length !== candidate.length) {
      return [`${at(path)} changes its union from ${text(released)} to ${text(candidate)}`];
    }
    const [before, after]: readonly [readonly Json[], readonly Json[]] = [released, candidate];
    return before.flatMap((branch, index) => changes(path, branch, after[index]));
  }
  if (!isObject(released) || !isObject(candidate)) {
    return released === candidate ? [] : [`${at(path)} changes its type from ${text(released)} to ${text(candidate)}`];
  }
  return [...attributeChanges(path, released, candidate), ...nestedChanges(path, released, candidate)];
}

/** Everything but these is compared as text: type, name, namespace, logicalType, aliases, symbols, size, … */
const comparedElsewhere = new Set(['doc', 'fields', 'items', 'values', 'type']);

function attributeChanges(path: string, released: JsonObject, candidate: JsonObject): readonly string[] {
  const names = new Set([...Object.keys(released), ...Object.keys(candidate)]);
  return [...names]
    .filter((name) => !comparedElsewhere.has(name) && text(released[name]) !== text(candidate[name]))
    .map((name) => `${at(path)} changes ${name} from ${text(released[name])} to ${text(candidate[name])}`);
}

function nestedChanges(path: string, released: JsonObject, candidate: JsonObject): readonly string[] {
  const nested = ['type', 'items', 'values'].flatMap((name) => changes(path, released[name], candidate[name]));
  return [...nested, ...fieldChanges(path, fieldsOf(released), fieldsOf(candidate))];
}

function fieldChanges(
  path: string,
  released: readonly JsonObject[],
  candidate: readonly JsonObject[],
): readonly string[] {
  const kept = released.flatMap((field) => {
    const fieldPath = below(path, field);
    const successor = candidate.find((other) => other['name'] === field['name']);
    return successor === undefined ? [`${fieldPath} is removed`] : changes(fieldPath, field, successor);
  });
  const added = candidate
    .filter((field) => !released.some((other) => other['name'] === field['name']))
    .filter((field) => !isNullable(field['type']) || field['default'] !== null)
    .map((field) => `${below(path, field)} is new and not [null, T] with the default null`);
  return [...kept, ...added];
}

/** Kinds a schema may use. No enum, because a provider adds values; no float, because money and ids must be exact. */
const allowedTypes = new Set(['record', 'string', 'long', 'int', 'boolean', 'bytes', 'array']);

function breaches(path: string, node: Json | undefined): readonly string[] {
  if (typeof node === 'string') {
    // A name with a dot refers to a record defined before.
    return allowedTypes.has(node) || node.includes('.') ? [] : [`${at(path)} uses the type ${node}`];
  }
  if (Array.isArray(node)) {
    const branches: readonly Json[] = node;
    if (!isNullable(node)) return [`${at(path)} has a union other than [null, T]`];
    return breaches(path, branches[1]);
  }
  if (!isObject(node)) return [`${at(path)} has no type`];
  const { type, logicalType, items, aliases } = { ...nothing, ...node };
  const found: string[] = [];
  if (logicalType !== undefined && !(logicalType === 'timestamp-millis' && type === 'long'))
    found.push(`${at(path)} has the logical type ${text(logicalType)}`);
  if (aliases !== undefined) found.push(`${at(path)} has aliases, which is a rename`);
  if (type === 'array') return [...found, ...breaches(`${path}[]`, items)];
  if (type === 'record') return [...found, ...fieldsOf(node).flatMap((field) => fieldBreaches(path, field))];
  return [...found, ...breaches(path, type)];
}

function fieldBreaches(path: string, field: JsonObject): readonly string[] {
  const fieldPath = below(path, field);
  const { type, doc, aliases } = { ...nothing, ...field };
  const hasDefault = 'default' in field;
  const found = [...breaches(fieldPath, type)];
  if (typeof doc !== 'string' || doc === '') found.push(`${fieldPath} has no doc`);
  if (aliases !== undefined) found.push(`${fieldPath} has aliases, which is a rename`);
  if (Array.isArray(type) && field['default'] !== null) found.push(`${fieldPath} is nullable without the default null`);
  if (!Array.isArray(type) && hasDefault) found.push(`${fieldPath} is required and has a default`);
  return found;
}

/** Lets attributes be taken from a node by name, present or not. */
const nothing: { readonly [K in 'type' | 'logicalType' | 'items' | 'aliases' | 'doc']: Json | undefined } = {
  type: undefined,
  logicalType: undefined,
  items: undefined,
  aliases: undefined,
  doc: undefined,
};

function isNullable(type: Json | undefined): boolean {
  return Array.isArray(type) && type.length === 2 && type[0] === 'null' && type[1] !== 'null';
}

function fieldsOf(node: JsonObject): readonly JsonObject[] {
  const fields = node['fields'];
  return Array.isArray(fields) ? fields.filter(isObject) : [];
}

function below(path: string, field: JsonObject): string {
  const name = typeof field['name'] === 'string' ? field['name'] : '(no name)';
  return path === '' ? name : `${path}.${name}`;
}

function at(path: string): string {
  return path === '' ? 'the record' : path;
}

function text(json: Json | undefined): string {
  return json === undefined ? 'nothing' : JSON.stringify(json);
}
