import type { FilterNode } from '../parse.ts';
import { NoValue } from '../run.ts';
import { type FilterType, type Schema, simple, typeName, typeOfSchema } from '../types.ts';
import { callPart } from './calls.ts';
import { fieldPart, indexPart, listPart, namePart } from './fields.ts';
import { binaryPart, choicePart, minusPart, notPart } from './operators.ts';
import { constantPart, type Message, type NodeOf, type Part, problem, type Scope, type UnknownField } from './part.ts';

export interface Compiled {
  readonly condition: Part;
  readonly unknownFields: readonly UnknownField[];
}

/**
 * What a filter means for events of the type that the schema is of. A branch that such an event cannot reach, because of its
 * `type` or of `has()`, is not looked at. Throws `FilterError`.
 */
export function compile(
  node: FilterNode,
  { source, schema }: { readonly source: string; readonly schema: Schema },
): Compiled {
  const unknownFields: UnknownField[] = [];
  const scope = { source, message: messageOf(schema), variables: [], unknownFields, partOf };
  const condition = partOf(node, scope);
  if (condition.type.kind !== 'bool')
    throw problem(scope, node, `a filter is true or false, and this is ${typeName(condition.type)}`);
  return { condition, unknownFields };
}

function messageOf(schema: Schema): Message {
  const type = typeOfSchema(schema);
  if (type.kind !== 'object') throw new RangeError('a message is an object');
  const constants = new Map<string, string>();
  for (const name of type.fields.keys()) {
    const only = onlyTextOf(schema, name);
    if (only !== undefined) constants.set(name, only);
  }
  return { type, constants };
}

/** Of a field that is the same text in every message of the type. */
function onlyTextOf(schema: Schema, name: string): string | undefined {
  const only: unknown = Reflect.get(Object(Reflect.get(Object(schema['properties']), name)), 'const');
  return typeof only === 'string' ? only : undefined;
}

function partOf(node: FilterNode, scope: Scope): Part {
  const part = anyPart(node, scope);
  const known = part.constant?.value;
  // It would fail for every event.
  if (known instanceof NoValue && known.kind === 'failed') throw problem(scope, node, known.reason);
  return part;
}

function anyPart(node: FilterNode, scope: Scope): Part {
  switch (node.kind) {
    case 'value':
      return constantPart(literalType(node), node.value);
    case 'name':
      return namePart(node, scope);
    case 'field':
      return fieldPart(node, { name: node.name, of: partOf(node.of, scope) }, scope);
    case 'index':
      return indexPart(node, scope);
    case 'list':
      return listPart(node, scope);
    case 'unary':
      return node.operator === '!' ? notPart(node, scope) : minusPart(node, scope);
    case 'binary':
      return binaryPart(node, scope);
    case 'choice':
      return choicePart(node, scope);
    case 'call':
      return callPart(node, scope);
  }
}

function literalType({ value, isInt }: NodeOf<'value'>): FilterType {
  if (value === null) return simple.null;
  if (typeof value === 'number') return isInt ? simple.int : simple.double;
  return typeof value === 'string' ? simple.string : simple.bool;
}
