import { costOfText, mostMs } from '../functions.ts';
import type { BinaryOperator, FilterNode } from '../parse.ts';
import type { FilterError } from '../problem.ts';
import { divisionByZero, missing, NoValue, overflow } from '../run.ts';
import { type FilterType, isNumber, simple, typeName } from '../types.ts';
import {
  conditionPart,
  constantPart,
  folded,
  type NodeOf,
  ofOne,
  ofTwo,
  type Part,
  partOf,
  problem,
  type Scope,
} from './part.ts';

export function notPart(node: NodeOf<'unary'>, scope: Scope): Part {
  const of = conditionPart(node.of, scope);
  return ofOne(simple.bool, of, (value) => (typeof value === 'boolean' ? !value : missing));
}

export function minusPart(node: NodeOf<'unary'>, scope: Scope): Part {
  const of = partOf(node.of, scope);
  if (!isNumber(of.type) && of.type.kind !== 'duration')
    throw problem(scope, node, `- is for numbers, and this is ${typeName(of.type)}`);
  return ofOne(of.type, of, (value) => (typeof value === 'number' ? -value : missing));
}

export function choicePart(node: NodeOf<'choice'>, scope: Scope): Part {
  const condition = conditionPart(node.condition, scope);
  const known = condition.constant?.value;
  if (typeof known === 'boolean') return partOf(known ? node.left : node.right, scope);
  const left = partOf(node.left, scope);
  const right = partOf(node.right, scope);
  if (left.type.kind !== right.type.kind)
    throw problem(scope, node.right, `both sides of the choice are of one kind: ${typeName(left.type)}`);
  return {
    type: left.type,
    nodes: condition.nodes + left.nodes + right.nodes + 1,
    evaluate(run) {
      const value = condition.evaluate(run);
      if (typeof value !== 'boolean') return value instanceof NoValue ? value : missing;
      return value ? left.evaluate(run) : right.evaluate(run);
    },
  };
}

export function binaryPart(node: NodeOf<'binary'>, scope: Scope): Part {
  const { operator } = node;
  if (operator === '&&' || operator === '||') return logicPart(node, scope, operator === '||');
  const parts = [partOf(node.left, scope), partOf(node.right, scope)] as const;
  if (operator === 'in') return inPart(node, parts, scope);
  if (operator === '==' || operator === '!=') return equalityPart(node, parts, scope);
  return isOrder(operator) ? orderPart(node, parts, scope) : arithmeticPart(node, parts, scope);
}

/**
 * `||` where `decides` is true, else `&&`. As CEL has it, a side that decides does so whether the other has a value or not; and one that
 * always decides makes the other one unreachable.
 */
function logicPart(node: NodeOf<'binary'>, scope: Scope, decides: boolean): Part {
  const sides = [node.left, node.right].map((side) => attempt(() => conditionPart(side, scope)));
  if (sides.some((side) => 'part' in side && side.part.constant?.value === decides))
    return constantPart(simple.bool, decides);
  const [left, right] = sides.map(required);
  if (left === undefined || right === undefined) throw new RangeError('an operator has two sides');
  return folded({
    type: simple.bool,
    parts: [left, right],
    evaluate(run) {
      const a = left.evaluate(run);
      if (a === decides) return decides;
      const b = right.evaluate(run);
      if (b === decides) return decides;
      if (typeof a !== 'boolean') return a instanceof NoValue ? a : missing;
      return typeof b === 'boolean' || b instanceof NoValue ? b : missing;
    },
  });
}

type Attempt = { readonly part: Part } | { readonly thrown: unknown };

/** What is wrong with one side does not matter where the other always decides. */
function attempt(make: () => Part): Attempt {
  try {
    return { part: make() };
  } catch (thrown) {
    return { thrown };
  }
}

function required(side: Attempt): Part {
  if ('part' in side) return side.part;
  throw side.thrown;
}

function inPart(node: NodeOf<'binary'>, [item, list]: readonly [Part, Part], scope: Scope): Part {
  if (list.type.kind !== 'list' && list.type.kind !== 'any')
    throw problem(scope, node.right, `in looks into a list, and this is ${typeName(list.type)}`);
  const items = list.type.kind === 'list' ? list.type.items : simple.any;
  requireEqualable(node, [item.type, items], scope);
  return ofTwo(simple.bool, [item, list], (value, among, run) => {
    const all = run.items(among);
    if (all instanceof NoValue) return all;
    run.spend(all.length);
    return all.includes(value);
  });
}

function equalityPart(node: NodeOf<'binary'>, parts: readonly [Part, Part], scope: Scope): Part {
  const [left, right] = parts;
  // Whether a list was cleared may be asked, too.
  if (left.type.kind !== 'null' && right.type.kind !== 'null') requireEqualable(node, [left.type, right.type], scope);
  const isWanted = node.operator === '==';
  return ofTwo(simple.bool, parts, (a, b, run) => {
    if (typeof a === 'string') run.spend(costOfText(a));
    return (a === b) === isWanted;
  });
}

function requireEqualable(node: FilterNode, types: readonly [FilterType, FilterType], scope: Scope): void {
  const whole = types.find(({ kind }) => kind === 'list' || kind === 'object');
  if (whole !== undefined)
    throw problem(scope, node, `${typeName(whole)} is not compared as a whole: compare fields of it`);
  const [left, right] = types;
  if (left.kind === right.kind || (isNumber(left) && isNumber(right)) || [left.kind, right.kind].includes('any'))
    return;
  throw cannotCompare(node, types, scope);
}

function cannotCompare(node: FilterNode, [left, right]: readonly [FilterType, FilterType], scope: Scope): FilterError {
  const times = [left.kind, right.kind].includes('timestamp')
    ? ': timestamp("2026-01-31T00:00:00Z") makes one of a text'
    : '';
  return problem(scope, node, `${typeName(left)} and ${typeName(right)} are not compared${times}`);
}

const orders = {
  '<': (a: number | string, b: number | string) => a < b,
  '<=': (a: number | string, b: number | string) => a <= b,
  '>': (a: number | string, b: number | string) => a > b,
  '>=': (a: number | string, b: number | string) => a >= b,
} as const;

type Order = keyof typeof orders;

function isOrder(operator: BinaryOperator): boolean {
  return Object.hasOwn(orders, operator);
}

const ordered: ReadonlySet<FilterType['kind']> = new Set(['string', 'int', 'double', 'timestamp', 'duration', 'any']);

function orderPart(node: NodeOf<'binary'>, parts: readonly [Part, Part], scope: Scope): Part {
  const [left, right] = parts;
  const fits = left.type.kind === right.type.kind || (isNumber(left.type) && isNumber(right.type));
  const isOpen = left.type.kind === 'any' || right.type.kind === 'any';
  if (!ordered.has(left.type.kind) || !ordered.has(right.type.kind) || !(fits || isOpen))
    throw cannotCompare(node, [left.type, right.type], scope);
  const holds = orders[node.operator as Order]; // `isOrder` of it
  return ofTwo(simple.bool, parts, (a, b, run) => {
    if (typeof a === 'number' && typeof b === 'number') return holds(a, b);
    if (typeof a !== 'string' || typeof b !== 'string') return missing;
    run.spend(costOfText(a));
    return holds(a, b);
  });
}

type Arithmetic = Extract<BinaryOperator, '+' | '-' | '*' | '/' | '%'>;

const arithmetic: Readonly<Record<Arithmetic, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

/** `left operator right`; what is not here is not computed. */
const arithmeticTypes: Readonly<Record<string, FilterType>> = {
  ...Object.fromEntries(['+', '-', '*', '/', '%'].map((sign) => [`int ${sign} int`, simple.int])),
  ...Object.fromEntries(['+', '-', '*', '/'].map((sign) => [`double ${sign} double`, simple.double])),
  'timestamp - timestamp': simple.duration,
  'timestamp + duration': simple.timestamp,
  'timestamp - duration': simple.timestamp,
  'duration + timestamp': simple.timestamp,
  'duration + duration': simple.duration,
  'duration - duration': simple.duration,
};

function arithmeticPart(node: NodeOf<'binary'>, parts: readonly [Part, Part], scope: Scope): Part {
  const [left, right] = parts;
  const words = `${typeName(left.type)} ${node.operator} ${typeName(right.type)}`;
  const type = arithmeticTypes[words];
  // The other operators have parts of their own.
  const compute = arithmetic[node.operator as Arithmetic];
  if (type === undefined)
    throw problem(
      scope,
      node,
      isNumber(left.type) && isNumber(right.type)
        ? `${words} is not computed: write 2.0, or double(…), for a double`
        : `${words} is not computed`,
    );
  const isInt = type.kind === 'int';
  const isTime = type.kind === 'timestamp' || type.kind === 'duration';
  const divides = node.operator === '/' || node.operator === '%';
  return ofTwo(type, parts, (a, b) => {
    if (typeof a !== 'number' || typeof b !== 'number') return missing;
    if (isInt && divides && b === 0) return divisionByZero;
    // Of a whole number by a whole one the whole part, as CEL divides; -0 is 0.
    const result = isInt ? Math.trunc(compute(a, b)) + 0 : compute(a, b);
    if (isTime && Math.abs(result) > mostMs) return overflow;
    return isInt && !Number.isSafeInteger(result) ? overflow : result;
  });
}
