import { TrunklineError } from '@trunkline/core';
import { findUnknown, type Letter, letterLimits, listLetters } from '@trunkline/journal';
import type { KafkaConnection } from '@trunkline/kafka';
import {
  chooseLetters,
  type DeadLetter,
  type GroupPlan,
  letterNameForms,
  letterNameOf,
  readDeadLetters,
  tenantOf,
} from '@trunkline/operations';

import type { CommandContext } from '../context.ts';
import { accessOf } from '../operator-access.ts';
import type { Failure } from '../output.ts';
import { filterOf, type FilterOptions, indexFilterOf, referenceOf } from './filter-options.ts';
import type { LetterIndex } from './journal.ts';

/** Which letters a command that changes them is to take. */
export interface SelectOptions extends FilterOptions {
  readonly id?: readonly string[];
  readonly all?: boolean;
}

export type Selection<Chosen> =
  | {
      readonly kind: 'found';
      readonly chosen: readonly Chosen[];
      readonly complete: boolean;
      readonly gap: string | undefined;
    }
  | { readonly kind: 'not_found'; readonly failure: Failure };

/** Throws `config_invalid` where neither or both of --id and --all are given, and for a name that is none. */
export function requireSelection(options: SelectOptions): void {
  if ((options.id === undefined) === (options.all !== true)) {
    throw new TrunklineError(
      'config_invalid',
      'say which dead letters: either --id <id> or --all (with --type, --tenant, --code, --since or --until to narrow it)',
    );
  }
  options.id?.forEach(letterNameOf);
}

/** The letters that --id or --all with the filters name. */
export async function selectLetters(
  options: SelectOptions,
  where: { readonly group: GroupPlan; readonly connection: KafkaConnection },
  context: CommandContext,
): Promise<Selection<DeadLetter & { readonly tenant: string | undefined }>> {
  const filter = await filterOf(options, context);
  const { letters, complete, gap } = await readDeadLetters(where, accessOf(context));
  const group = where.group.name;
  const { chosen, unknownNames } = chooseLetters(letters, group, { ...filter, names: options.id });
  if (unknownNames.length > 0) return { kind: 'not_found', failure: notFound(group, unknownNames) };
  const owned = chosen.map((letter) => ({ ...letter, tenant: tenantOf(letter.latest.headers) }));
  return { kind: 'found', chosen: owned, complete, gap };
}

/** The same from the journal, which knows more to narrow down by. */
export async function selectIndexed(
  options: SelectOptions,
  { group, index }: { readonly group: GroupPlan; readonly index: LetterIndex },
  context: CommandContext,
): Promise<Selection<Letter>> {
  const failure = await unknownIn(options, { group, index }, context);
  if (failure !== undefined) return { kind: 'not_found', failure };
  const filter = await indexFilterOf(options, group.name, context);
  const chosen: Letter[] = [];
  let after: string | undefined;
  do {
    const asked = {
      group,
      scope: 'all',
      filter,
      limit: letterLimits.pageLetters,
      after,
      signal: context.signal,
    } as const;
    const page = await index.ask((database) => listLetters(database, asked));
    chosen.push(...page.letters);
    after = page.next;
  } while (after !== undefined);
  return { kind: 'found', chosen, complete: true, gap: undefined };
}

/** What is wrong with --id, where no letter of the group has one of the names: then nothing is done with the others either. */
export async function unknownIn(
  { id = [] }: Pick<SelectOptions, 'id'>,
  { group, index }: { readonly group: GroupPlan; readonly index: LetterIndex },
  { signal }: Pick<CommandContext, 'signal'>,
): Promise<Failure | undefined> {
  if (id.length === 0) return undefined;
  const names = id.map((text) => ({ text, ...referenceOf(text, group.name) }));
  const unknown = await index.ask((database) =>
    findUnknown(database, { group: group.name, scope: 'all', names, signal }),
  );
  if (unknown.length === 0) return undefined;
  return notFound(
    group.name,
    unknown.map(({ text }) => text),
  );
}

function notFound(group: string, names: readonly string[]): Failure {
  return {
    exit: 'not_found',
    code: 'not_found',
    message: `no dead letter of ${group} has the id ${names.join(', ')}; nothing was changed (a name is ${letterNameForms})`,
    fix: `trunkline dlq list ${group} --all`,
  };
}
