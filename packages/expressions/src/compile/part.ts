import type { FilterNode } from '../parse.ts';
import { FilterError } from '../problem.ts';
import { NoValue, Run } from '../run.ts';
import { type FilterType, typeName } from '../types.ts';

/** What a filter means for events of one type. */
export interface Part {
  readonly type: FilterType;
  /** Parts that computing it once may compute. */
  readonly nodes: number;
  /** There where it is the same for every event of the type. */
  readonly constant?: { readonly value: unknown };
  evaluate(run: Run): unknown;
}

/** Where a filter asks `has()` of a field that events of this type never have: false, unless no type has it. */
export interface UnknownField {
  readonly path: string;
  readonly problem: FilterError;
}

export interface Message {
  readonly type: FilterType & { readonly kind: 'object' };
  /** Fields that have the same text in every event of the type. */
  readonly constants: ReadonlyMap<string, string>;
}

/** Where a part stands. */
export interface Scope {
  readonly source: string;
  readonly message: Message;
  /** Of the macros around, the outermost first. */
  readonly variables: readonly { readonly name: string; readonly type: FilterType }[];
  readonly unknownFields: UnknownField[];
  /** What a part of it means: whoever compiles one kind of parts does not know the others. */
  readonly partOf: (node: FilterNode, scope: Scope) => Part;
}

export type NodeOf<Kind extends FilterNode['kind']> = FilterNode & { readonly kind: Kind };

/** A part of a part. */
export function partOf(node: FilterNode, scope: Scope): Part {
  return scope.partOf(node, scope);
}

export interface Problem {
  readonly words: string;
  readonly suggestion?: string | undefined;
}

export function problem(scope: Scope, { at }: FilterNode, said: string | Problem): FilterError {
  const { words, suggestion }: Problem = typeof said === 'string' ? { words: said } : said;
  return new FilterError(words, { source: scope.source, at, suggestion });
}

export function constantPart(type: FilterType, value: unknown): Part {
  return { type, nodes: 1, constant: { value }, evaluate: () => value };
}

/** A part of parts; where all of these are constant, so is it. */
export function folded({
  type,
  parts,
  evaluate,
}: {
  readonly type: FilterType;
  readonly parts: readonly Part[];
  readonly evaluate: Part['evaluate'];
}): Part {
  const nodes = parts.reduce((sum, part) => sum + part.nodes, 1);
  if (!parts.every(({ constant }) => constant !== undefined)) return { type, nodes, evaluate };
  return { ...constantPart(type, evaluate(new Run(undefined))), nodes };
}

/** Of one value; where there is none, there is no result. */
export function ofOne(type: FilterType, part: Part, apply: (value: unknown, run: Run) => unknown): Part {
  return folded({
    type,
    parts: [part],
    evaluate(run) {
      const value = part.evaluate(run);
      return value instanceof NoValue ? value : apply(value, run);
    },
  });
}

/** Of two values. */
export function ofTwo(
  type: FilterType,
  [left, right]: readonly [Part, Part],
  apply: (left: unknown, right: unknown, run: Run) => unknown,
): Part {
  return folded({
    type,
    parts: [left, right],
    evaluate(run) {
      const a = left.evaluate(run);
      if (a instanceof NoValue) return a;
      const b = right.evaluate(run);
      return b instanceof NoValue ? b : apply(a, b, run);
    },
  });
}

/** True or false; of what may be anything it is seen when it is there. */
export function conditionPart(node: FilterNode, scope: Scope): Part {
  const part = partOf(node, scope);
  if (part.type.kind === 'bool' || part.type.kind === 'any') return part;
  throw problem(scope, node, `this is to be true or false, and is ${typeName(part.type)}`);
}

/** As somebody would write it, for messages. */
export function pathOf(node: FilterNode): string {
  if (node.kind === 'name') return node.name;
  if (node.kind === 'field') return `${pathOf(node.of)}.${node.name}`;
  return node.kind === 'index' ? `${pathOf(node.of)}[…]` : 'this';
}

export function quoted(name: string): string {
  return JSON.stringify(name);
}
