import { FilterError, type Filter, type Judgement, parseFilter, type TypedFilter } from '@trunkline/expressions';

import { schemaOfType } from './read-filter.ts';

/** Judges messages by filters of endpoints. */
export interface FilterJudge {
  /** Never throws: a filter that does not fit the type, because the type came after it, has failed. */
  judge(filter: string, type: string, message: unknown): Judgement;
}

/** Filters that are kept compiled: those of a busy installation; another one costs what compiling costs, some 0.1 ms. */
const mostKept = 1_000;

interface Kept {
  readonly filter: Filter;
  readonly byType: Map<string, TypedFilter>;
}

/** Each filter is compiled once, and for a type when its first message comes. */
export function createFilterJudge(): FilterJudge {
  const kept = new Map<string, Kept>();
  return {
    judge(source, type, message) {
      try {
        return typedOf(keptOf(kept, source), type).judge(message);
      } catch (thrown) {
        if (thrown instanceof FilterError) return { kind: 'failed', reason: thrown.message };
        throw thrown;
      }
    },
  };
}

function keptOf(kept: Map<string, Kept>, source: string): Kept {
  const known = kept.get(source);
  if (known !== undefined) return known;
  const made = { filter: parseFilter(source), byType: new Map<string, TypedFilter>() };
  const [oldest] = kept.keys();
  if (kept.size >= mostKept && oldest !== undefined) kept.delete(oldest);
  kept.set(source, made);
  return made;
}

function typedOf({ filter, byType }: Kept, type: string): TypedFilter {
  const known = byType.get(type);
  if (known !== undefined) return known;
  const made = filter.forSchema(schemaOfType(type));
  byType.set(type, made);
  return made;
}
