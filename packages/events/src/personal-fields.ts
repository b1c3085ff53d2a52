import type { Topic } from './catalogue.ts';
import { schemaTexts } from './generated/schemas.ts';

/** What stands in the place of a personal value. */
export const maskedValue = '‹personal›';

/** As the doc of a field says it: docs/records.md, "Personal values and free text". */
const personalDoc = /^(?:Personal|May be personal)\b/;

/** A decoded record of a topic without the values that are, or may be, personal; what is absent stays so. */
export function maskPersonal(topic: Topic, record: unknown): unknown {
  const named = new Map<string, SchemaNode>();
  // Ours, and of a record, as those of all topics are.
  const schema = JSON.parse(schemaTexts[topic]) as SchemaNode;
  return masked(schema, record, { named, namespace: '' });
}

type SchemaType = string | SchemaNode | readonly SchemaType[];

interface SchemaNode {
  readonly type: SchemaType;
  readonly name?: string;
  readonly namespace?: string;
  readonly items?: SchemaType;
  readonly values?: SchemaType;
  readonly fields?: readonly { readonly name: string; readonly doc?: string; readonly type: SchemaType }[];
}

interface Names {
  /** Types that were declared so far, by their full names. */
  readonly named: Map<string, SchemaNode>;
  readonly namespace: string;
}

function masked(type: SchemaType, value: unknown, names: Names): unknown {
  if (Array.isArray(type)) {
    // Of a union what is no null: records have no other unions.
    const others: readonly SchemaType[] = type.filter((each) => each !== 'null');
    // Declared here or not at all, so it is looked at even where there is no value.
    return others.reduce<unknown>((found, each) => masked(each, found, names), value);
  }
  if (typeof type === 'string') {
    const known = names.named.get(type) ?? names.named.get(`${names.namespace}.${type}`);
    return known === undefined ? value : masked(known, value, names);
  }
  // Neither an array nor a text is left.
  const node = type as SchemaNode;
  if (node.items !== undefined || node.values !== undefined) return maskedItems(node, value, names);
  if (node.fields === undefined) return typeof node.type === 'string' ? value : masked(node.type, value, names);
  return maskedRecord(node, value, names);
}

function maskedItems(node: SchemaNode, value: unknown, names: Names): unknown {
  const item = node.items ?? node.values ?? 'null';
  if (Array.isArray(value)) return value.map((each) => masked(item, each, names));
  if (node.items !== undefined || typeof value !== 'object' || value === null)
    return masked(item, undefined, names) ?? value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, masked(item, each, names)]));
}

function maskedRecord(node: SchemaNode, value: unknown, before: Names): unknown {
  const namespace = node.namespace ?? before.namespace;
  const names = { ...before, namespace };
  names.named.set(`${namespace}.${node.name}`, node);
  const isRecord = typeof value === 'object' && value !== null;
  // A decoded record: an object of named fields.
  const given = isRecord ? (value as Readonly<Record<string, unknown>>) : {};
  const fields = (node.fields ?? []).map(({ name, doc = '', type }): [string, unknown] => {
    const shown = masked(type, given[name], names);
    const isHidden = personalDoc.test(doc) && given[name] !== null && given[name] !== undefined;
    return [name, isHidden ? maskedValue : shown];
  });
  return isRecord ? Object.fromEntries(fields) : value;
}
