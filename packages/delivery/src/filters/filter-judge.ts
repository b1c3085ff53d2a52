import {
  FilterError,
  type Filter,
  type Judgement,
  parseFilter,
  sharedSteps,
  type TypedFilter,
} from '@trunkline/expressions';

import { schemaOfType } from './read-filter.ts';

/** Judges messages by filters of endpoints. Never throws: a filter that does not fit the type, because the type came after it, has failed. */
export interface FilterJudge {
  /** By one filter. */
  judge(filter: string, type: string, message: unknown): Judgement;
  /** By the filters of a tenant, one after the other: they share what judging the message may take. */
  judgeByAll(type: string, message: unknown): (filter: string) => Judgement;
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
  const judgeBy = (source: string, type: string, judge: (filter: TypedFilter) => Judgement): Judgement => {
    try {
      return judge(typedOf(keptOf(kept, source), type));
    } catch (thrown) {
      if (thrown instanceof FilterError) return { kind: 'failed', reason: thrown.message };
      throw thrown;
    }
  };
  return {
    judge: (source, type, message) => judgeBy(source, type, (filter) => filter.judge(message)),
    judgeByAll(type, message) {
      const shared = sharedSteps();
      return (source) => judgeBy(source, type, (filter) => filter.judge(message, shared));
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
