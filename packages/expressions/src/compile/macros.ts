import { filterLimits } from '../limits.ts';
import type { FilterNode } from '../parse.ts';
import { missing, NoValue } from '../run.ts';
import { type FilterType, simple, typeName } from '../types.ts';
import { conditionPart, type NodeOf, type Part, partOf, problem, type Scope } from './part.ts';

/** What goes through a list; `judge` gets what the body says of each item, and gives the result once it is known. */
interface Macro {
  readonly gives: (items: FilterType) => FilterType;
  readonly run: (items: readonly unknown[], judge: (item: unknown) => unknown) => unknown;
}

const macros = {
  exists: { gives: () => simple.bool, run: (items, judge) => anyOf(items, judge, true) },
  all: { gives: () => simple.bool, run: (items, judge) => anyOf(items, judge, false) },
  exists_one: { gives: () => simple.bool, run: (items, judge) => one(chosen(items, judge)) },
  filter: { gives: (items) => ({ kind: 'list', items }), run: (items, judge) => chosen(items, judge) },
} as const satisfies Record<string, Macro>;

type MacroName = keyof typeof macros;

export const macroNames: readonly string[] = Object.keys(macros);

export function isMacro(name: string): name is MacroName {
  return Object.hasOwn(macros, name);
}

export function macroPart(
  node: NodeOf<'call'>,
  { name, receiver }: { readonly name: MacroName; readonly receiver: FilterNode },
  scope: Scope,
): Part {
  const [variable, body, ...more] = node.given;
  if (variable?.kind !== 'name' || body === undefined || more.length > 0)
    throw problem(scope, node, `${name} names an item and says what of it: ${name}(item, item.quantity > 1)`);
  const depth = scope.variables.length;
  if (depth >= filterLimits.macroDepth)
    throw problem(scope, node, `exists, all and the like are at most ${filterLimits.macroDepth} inside of each other`);
  const list = partOf(receiver, scope);
  if (list.type.kind !== 'list' && list.type.kind !== 'any')
    throw problem(scope, receiver, `${name} goes through a list, and this is ${typeName(list.type)}`);
  const items = list.type.kind === 'list' ? list.type.items : simple.any;
  const inner = { ...scope, variables: [...scope.variables, { name: variable.name, type: items }] };
  const condition = conditionPart(body, inner);
  const { gives, run: goThrough }: Macro = macros[name];
  return {
    type: gives(items),
    nodes: list.nodes + 1,
    evaluate(run) {
      const all = run.items(list.evaluate(run));
      if (all instanceof NoValue) return all;
      return goThrough(all, (item) => {
        run.spend(condition.nodes);
        run.variables[depth] = item;
        return condition.evaluate(run);
      });
    },
  };
}

/** `decides`, where the body says so of one item, whether the others have a value or not. */
function anyOf(items: readonly unknown[], judge: (item: unknown) => unknown, decides: boolean): unknown {
  let without: NoValue | undefined;
  for (const item of items) {
    const value = judge(item);
    if (value === decides) return decides;
    if (typeof value !== 'boolean') without ??= value instanceof NoValue ? value : missing;
  }
  return without ?? !decides;
}

function chosen(items: readonly unknown[], judge: (item: unknown) => unknown): readonly unknown[] | NoValue {
  const found: unknown[] = [];
  for (const item of items) {
    const value = judge(item);
    if (typeof value !== 'boolean') return value instanceof NoValue ? value : missing;
    if (value) found.push(item);
  }
  return found;
}

function one(found: readonly unknown[] | NoValue): boolean | NoValue {
  return found instanceof NoValue ? found : found.length === 1;
}
