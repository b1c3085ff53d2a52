import type { FilterNode } from '../parse.ts';
import { type FilterError, mostAlike } from '../problem.ts';
import { missing, NoValue } from '../run.ts';
import { type FilterType, simple, typeName } from '../types.ts';
import {
  constantPart,
  folded,
  type Message,
  type NodeOf,
  type Part,
  partOf,
  pathOf,
  problem,
  quoted,
  type Scope,
} from './part.ts';

export function namePart(node: NodeOf<'name'>, scope: Scope): Part {
  const { name } = node;
  const place = scope.variables.findLastIndex((variable) => variable.name === name);
  const variable = scope.variables[place];
  if (variable !== undefined) return { type: variable.type, nodes: 1, evaluate: (run) => run.variables[place] };
  const { type, constants } = scope.message;
  const constant = constants.get(name);
  if (constant !== undefined) return constantPart(simple.string, constant);
  const field = type.fields.get(name);
  if (field !== undefined) return { type: field, nodes: 1, evaluate: ({ message }) => memberOf(message, name) };
  throw problem(scope, node, {
    words: `there is no ${quoted(name)}: a message has ${[...type.fields.keys()].join(', ')}`,
    suggestion: meantName(name, type),
  });
}

/** Most often the field of `data` whose name was written alone. */
function meantName(name: string, { fields }: Message['type']): string | undefined {
  for (const [outer, type] of fields) if (type.kind === 'object' && type.fields.has(name)) return `${outer}.${name}`;
  return mostAlike(name, fields.keys());
}

export function fieldPart(
  node: FilterNode,
  { name, of }: { readonly name: string; readonly of: Part },
  scope: Scope,
): Part {
  const type = fieldType(of.type, name);
  if (type === undefined) throw unknownField(node, { name, of: of.type }, scope);
  return { type, nodes: of.nodes + 1, evaluate: (run) => memberOf(of.evaluate(run), name) };
}

/** Undefined where there is no such field. */
function fieldType(of: FilterType, name: string): FilterType | undefined {
  return of.kind === 'any' ? simple.any : of.kind === 'object' ? of.fields.get(name) : undefined;
}

export function unknownField(
  node: FilterNode,
  { name, of }: { readonly name: string; readonly of: FilterType },
  scope: Scope,
): FilterError {
  const path = node.kind === 'field' || node.kind === 'index' ? pathOf(node.of) : '';
  if (of.kind !== 'object') return problem(scope, node, `${path} is ${typeName(of)}, which has no fields`);
  const alike = mostAlike(name, of.fields.keys());
  const suggestion = alike === undefined ? undefined : `${path}.${alike}`;
  return problem(scope, node, { words: `${path} has no field ${quoted(name)}`, suggestion });
}

/** Only what a value has itself: nothing that every object has. */
export function memberOf(value: unknown, name: string): unknown {
  if (value instanceof NoValue) return value;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return missing;
  const member: unknown = Reflect.get(value, name);
  return member === undefined ? missing : member;
}

export function indexPart(node: NodeOf<'index'>, scope: Scope): Part {
  const of = partOf(node.of, scope);
  const index = partOf(node.index, scope);
  if (typeof index.constant?.value === 'string') return fieldPart(node, { name: index.constant.value, of }, scope);
  if (of.type.kind !== 'list' && of.type.kind !== 'any')
    throw problem(scope, node.of, `${pathOf(node.of)} is ${typeName(of.type)}, which has no places`);
  if (index.type.kind !== 'int')
    throw problem(scope, node.index, `a place of a list is an int, and this is ${typeName(index.type)}`);
  const type = of.type.kind === 'list' ? of.type.items : simple.any;
  return {
    type,
    nodes: of.nodes + index.nodes + 1,
    evaluate(run) {
      const list = of.evaluate(run);
      const place = index.evaluate(run);
      if (list instanceof NoValue) return list;
      if (place instanceof NoValue) return place;
      if (!Array.isArray(list) || typeof place !== 'number' || place < 0 || place >= list.length) return missing;
      const item: unknown = list[place];
      return item;
    },
  };
}

export function listPart(node: NodeOf<'list'>, scope: Scope): Part {
  const items = node.items.map((item) => partOf(item, scope));
  const type = items[0]?.type ?? simple.any;
  const odd = items.findIndex((item) => item.type.kind !== type.kind);
  const oddNode = node.items[odd];
  if (oddNode !== undefined) throw problem(scope, oddNode, `the items of a list are of one kind: ${typeName(type)}`);
  const made = (values: readonly unknown[]): unknown => values.find((value) => value instanceof NoValue) ?? values;
  return folded({
    type: { kind: 'list', items: type },
    parts: items,
    evaluate: (run) => made(items.map((item) => item.evaluate(run))),
  });
}
