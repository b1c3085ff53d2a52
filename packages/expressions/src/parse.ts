import { type ASTNode, Environment } from '@marcbachmann/cel-js';

import { filterLimits } from './limits.ts';
import { FilterError } from './problem.ts';

/** A part of a filter; `at` is where it begins in the text, and of a field where its name does. */
export type FilterNode = { readonly at: number } & (
  | { readonly kind: 'value'; readonly value: string | number | boolean | null; readonly isInt: boolean }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'field'; readonly of: FilterNode; readonly name: string }
  | { readonly kind: 'index'; readonly of: FilterNode; readonly index: FilterNode }
  | { readonly kind: 'list'; readonly items: readonly FilterNode[] }
  | { readonly kind: 'unary'; readonly operator: '!' | '-'; readonly of: FilterNode }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: FilterNode;
      readonly right: FilterNode;
    }
  | {
      readonly kind: 'choice';
      readonly condition: FilterNode;
      readonly left: FilterNode;
      readonly right: FilterNode;
    }
  | {
      readonly kind: 'call';
      readonly name: string;
      /** Of `x.f(y)` the x; null of `f(x, y)`. */
      readonly receiver: FilterNode | null;
      readonly given: readonly FilterNode[];
    }
);

export type BinaryOperator = (typeof binaryOperators)[number];

const binaryOperators = ['&&', '||', '==', '!=', '<', '<=', '>', '>=', 'in', '+', '-', '*', '/', '%'] as const;

const grammar = new Environment({
  unlistedVariablesAreDyn: true,
  limits: {
    maxAstNodes: filterLimits.nodes,
    maxDepth: filterLimits.depth,
    maxListElements: filterLimits.nodes,
    maxCallArguments: 8,
  },
});

/** Reads the text of a filter. Throws `FilterError`. */
export function parseText(source: string): FilterNode {
  const bytes = Buffer.byteLength(source);
  if (bytes > filterLimits.bytes)
    throw new FilterError(`a filter has at most ${filterLimits.bytes} bytes, and this one ${bytes}`, { source, at: 0 });
  if (source.trim() === '') throw new FilterError('a filter is a condition: data.amount > 1000', { source, at: 0 });
  return nodeOf(parsed(source), source);
}

function parsed(source: string): ASTNode {
  try {
    return grammar.parse(source).ast;
  } catch (cause) {
    throw new FilterError(wordsOf(cause), { source, at: positionOf(cause) });
  }
}

/** Of the library's error: its first line, the rest draws the place. */
function wordsOf(cause: unknown): string {
  const summary: unknown = Reflect.get(Object(cause), 'summary');
  if (typeof summary !== 'string') return 'this is no expression';
  if (summary.startsWith('Exceeded maxAstNodes')) return `a filter has at most ${filterLimits.nodes} parts`;
  if (summary.startsWith('Exceeded maxDepth')) return `a filter is at most ${filterLimits.depth} levels deep`;
  return `${summary.charAt(0).toLowerCase()}${summary.slice(1)}`;
}

function positionOf(cause: unknown): number {
  const start: unknown = Reflect.get(Object(Reflect.get(Object(cause), 'range')), 'start');
  return typeof start === 'number' ? start : 0;
}

function nodeOf(ast: ASTNode, source: string): FilterNode {
  const below = (other: ASTNode): FilterNode => nodeOf(other, source);
  const { start: at } = ast;
  switch (ast.op) {
    case 'value':
      return { kind: 'value', ...literalOf(ast.args, { source, at }), at };
    case 'id':
      return { kind: 'name', name: ast.args, at };
    case '.':
      // `start` is where the whole begins, `pos` the name.
      return { kind: 'field', of: below(ast.args[0]), name: ast.args[1], at: ast.pos };
    case '[]':
      return { kind: 'index', of: below(ast.args[0]), index: below(ast.args[1]), at: ast.args[1].start };
    case 'list':
      return { kind: 'list', items: ast.args.map(below), at };
    case '!_':
    case '-_':
      return { kind: 'unary', operator: ast.op === '!_' ? '!' : '-', of: below(ast.args), at };
    case '?:': {
      const [condition, left, right] = ast.args;
      return { kind: 'choice', condition: below(condition), left: below(left), right: below(right), at };
    }
    case 'call':
      return { kind: 'call', name: ast.args[0], receiver: null, given: ast.args[1].map(below), at };
    case 'rcall': {
      const [name, receiver, given] = ast.args;
      return { kind: 'call', name, receiver: below(receiver), given: given.map(below), at };
    }
    case 'map':
    case '.?':
    case '[?]':
      throw new FilterError(`a filter has no ${ast.op === 'map' ? 'maps' : 'optional values'}`, { source, at });
    default:
      return { kind: 'binary', operator: ast.op, left: below(ast.args[0]), right: below(ast.args[1]), at };
  }
}

function literalOf(
  value: unknown,
  where: { readonly source: string; readonly at: number },
): { readonly value: string | number | boolean | null; readonly isInt: boolean } {
  if (typeof value === 'bigint') {
    // Numbers of events are exact up to there, too (docs/records.md).
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new FilterError('numbers are at most 9007199254740991', where);
    return { value: Number(value), isInt: true };
  }
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return { value, isInt: false };
  throw new FilterError('a filter has texts, numbers, true, false and null: no bytes, and no 5u', where);
}
