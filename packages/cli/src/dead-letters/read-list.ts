import { countLetterStates, listLetters } from '@trunkline/journal';
import type { KafkaConnection } from '@trunkline/kafka';
import {
  chooseLetters,
  countOfLetters,
  type GroupPlan,
  isOpen,
  type LetterCount,
  readDeadLetters,
} from '@trunkline/operations';

import type { CommandContext } from '../context.ts';
import { accessOf } from '../operator-access.ts';
import { documentOf, documentOfIndexed, type LetterDocument } from './document.ts';
import { filterOf, type FilterOptions, indexFilterOf, statesOf } from './filter-options.ts';
import { type LetterIndex, refuseWithoutJournal } from './journal.ts';

export interface ListOptions extends FilterOptions {
  readonly all?: boolean;
  readonly state?: readonly string[];
  readonly job?: string;
  readonly limit: number;
  readonly after?: string;
}

/** The letters of a group, wherever they were read. */
export interface LetterList extends LetterCount {
  readonly done: number;
  readonly discarded: number;
  /** False: not all of them were read. */
  readonly complete: boolean;
  /** Why nobody knows which of them are open. */
  readonly gap: string | undefined;
  readonly letters: readonly LetterDocument[];
  /** Where the next page begins; undefined on the last one. */
  readonly next: string | undefined;
}

/** From the journal, a page at a time. */
export async function listFromIndex(
  options: ListOptions,
  { group, index }: { readonly group: GroupPlan; readonly index: LetterIndex },
  context: CommandContext,
): Promise<LetterList> {
  const { signal, clock } = context;
  const states =
    options.state === undefined ? (options.all === true ? undefined : (['open'] as const)) : statesOf(options.state);
  const filter = { ...(await indexFilterOf(options, group.name, context)), states, jobId: options.job };
  const { limit, after } = options;
  const page = await index.ask((database) =>
    listLetters(database, { group, scope: 'all', filter, limit, after, signal }),
  );
  const count = await index.ask((database) => countLetterStates(database, { group, scope: 'all', signal }));
  return {
    open: count.open,
    onTopic: index.onTopic(group.name),
    done: count.applied + count.stale,
    discarded: count.discarded,
    complete: true,
    gap: undefined,
    letters: page.letters.map((letter) => documentOfIndexed(letter, clock())),
    next: page.next,
  };
}

/** From the dead-letter topic itself, as far as that says it. */
export async function listFromTopic(
  options: ListOptions,
  { group, connection }: { readonly group: GroupPlan; readonly connection: KafkaConnection },
  context: CommandContext,
): Promise<LetterList> {
  const needed = (['state', 'job', 'after'] as const).find((name) => options[name] !== undefined);
  if (needed !== undefined) refuseWithoutJournal(`--${needed}`);
  const filter = await filterOf(options, context);
  const read = await readDeadLetters({ connection, group }, accessOf(context));
  const { chosen } = chooseLetters(read.letters, group.name, filter);
  const shown = options.all === true ? chosen : chosen.filter(isOpen);
  return {
    ...countOfLetters(read),
    done: read.letters.filter(({ state }) => state === 'applied' || state === 'stale').length,
    discarded: read.letters.filter(({ state }) => state === 'discarded').length,
    complete: read.complete,
    gap: read.gap,
    letters: shown.map((letter) => documentOf(letter, context.clock())),
    next: undefined,
  };
}
