import { compile, type Compiled } from './compile/compile.ts';
import type { UnknownField } from './compile/part.ts';
import { type FilterNode, parseText } from './parse.ts';
import { FilterError } from './problem.ts';
import { Exceeded, NoValue, Run, type SharedSteps } from './run.ts';
import type { Schema } from './types.ts';

/** What a filter says of a message; `failed` where it could not be computed, with the reason in words. */
export type Judgement =
  | { readonly kind: 'matches' }
  | { readonly kind: 'differs' }
  | { readonly kind: 'failed'; readonly reason: string };

/** A filter as it is for messages of one type. */
export interface TypedFilter {
  /** Never throws, and takes at most `filterLimits.steps` steps; fewer where others have spent `shared`, which it spends, too. */
  judge(message: unknown, shared?: SharedSteps): Judgement;
  /** True and false where every message of the type is judged so. */
  readonly always: boolean | undefined;
}

/** The text of a filter, read. */
export interface Filter {
  readonly source: string;
  /** For messages of the type that the JSON Schema is of. Throws `FilterError` where it does not fit them. */
  forSchema(schema: Schema): TypedFilter;
}

/** Reads a condition in the language of filters (docs/adr/0025-filters-in-cel.md). Throws `FilterError`, and nothing else. */
export function parseFilter(source: string): Filter {
  const node = parseText(source);
  return { source, forSchema: (schema) => typed(node, { source, schema }).filter };
}

/**
 * Reads a filter that is for messages of several types, and throws `FilterError` unless it fits each of them, saying which it
 * does not. A filter that none of them could match, and a field that none of them has, is an error, too.
 */
export function checkFilter(source: string, schemas: ReadonlyMap<string, Schema>): Filter {
  const node = parseText(source);
  const typedAll = [...schemas].map(([type, schema]) => typedFor(type, node, { source, schema }));
  const asked = typedAll.flatMap(({ unknownFields }) => unknownFields);
  const unknown = asked.filter(({ path }) =>
    typedAll.every(({ unknownFields }) => unknownFields.some((other) => other.path === path)),
  );
  const problem = unknown.find((field) => field.problem.suggestion !== undefined) ?? unknown[0];
  if (problem !== undefined) throw problem.problem;
  if (typedAll.length > 0 && typedAll.every(({ filter }) => filter.always === false))
    throw new FilterError('no event of these types could ever match', { source, at: node.at });
  return { source, forSchema: (schema) => typed(node, { source, schema }).filter };
}

function typedFor(type: string, node: FilterNode, given: { readonly source: string; readonly schema: Schema }): Typed {
  try {
    return typed(node, given);
  } catch (cause) {
    if (cause instanceof FilterError) throw cause.forType(type);
    throw cause;
  }
}

interface Typed {
  readonly filter: TypedFilter;
  readonly unknownFields: readonly UnknownField[];
}

const matches: Judgement = { kind: 'matches' };
const differs: Judgement = { kind: 'differs' };

function typed(node: FilterNode, given: { readonly source: string; readonly schema: Schema }): Typed {
  const { condition, unknownFields } = compiled(node, given);
  const always = condition.constant === undefined ? undefined : condition.constant.value === true;
  return {
    unknownFields,
    filter: {
      always,
      judge(message, shared) {
        if (always !== undefined) return always ? matches : differs;
        const run = new Run(message, shared);
        try {
          run.spend(condition.nodes);
          return judgementOf(condition.evaluate(run));
        } catch (thrown) {
          if (thrown instanceof Exceeded) return { kind: 'failed', reason: thrown.message };
          throw thrown;
        } finally {
          if (shared !== undefined) shared.left -= run.steps;
        }
      },
    },
  };
}

/** What is the same for every message is computed here, and may be too much already. */
function compiled(node: FilterNode, given: { readonly source: string; readonly schema: Schema }): Compiled {
  try {
    return compile(node, given);
  } catch (thrown) {
    if (thrown instanceof Exceeded) throw new FilterError(thrown.message, { source: given.source, at: node.at });
    throw thrown;
  }
}

/** What has no value because the event does not state it does not match; nobody knows whether it would. */
function judgementOf(value: unknown): Judgement {
  if (value === true) return matches;
  return value instanceof NoValue && value.kind === 'failed' ? { kind: 'failed', reason: value.reason } : differs;
}
