import { TrunklineError } from '@trunkline/core';
import type { KafkaConnection } from '@trunkline/kafka';

import type { CommandContext } from '../context.ts';
import type { GroupPlan } from '../groups.ts';
import type { Failure } from '../output.ts';
import { chooseLetters } from './choose.ts';
import { filterOf, type FilterOptions } from './filter-options.ts';
import { letterNameForms, letterNameOf } from './letter-name.ts';
import type { DeadLetter } from './letter.ts';
import { readDeadLetters } from './read.ts';

/** Which letters a command that changes them is to take. */
export interface SelectOptions extends FilterOptions {
  readonly id?: readonly string[];
  readonly all?: boolean;
}

export type Selection =
  | {
      readonly kind: 'found';
      readonly chosen: readonly DeadLetter[];
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
): Promise<Selection> {
  const filter = await filterOf(options, context);
  const { letters, complete, gap } = await readDeadLetters(where, context);
  const group = where.group.name;
  const { chosen, unknownNames } = chooseLetters(letters, group, { ...filter, names: options.id });
  if (unknownNames.length === 0) return { kind: 'found', chosen, complete, gap };
  return {
    kind: 'not_found',
    failure: {
      exit: 'not_found',
      code: 'not_found',
      message: `no dead letter of ${group} has the id ${unknownNames.join(', ')}; nothing was changed (a name is ${letterNameForms})`,
      fix: `trunkline dlq list ${group} --all`,
    },
  };
}
