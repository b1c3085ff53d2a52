import { errorTable } from '@trunkline/core';
import type { Command } from 'commander';

import { type Moment, momentArgument, momentMs } from '../arguments.ts';
import { requireListed, requireOneOf } from '../closed-lists.ts';
import type { CommandContext } from '../context.ts';
import type { LetterFilter } from './choose.ts';

/** What `dlq list` and the commands that change letters narrow down by, with the same words. */
export interface FilterOptions {
  readonly type?: string;
  readonly tenant?: string;
  readonly code?: string;
  readonly since?: Moment;
  readonly until?: Moment;
}

export function addFilterOptions(command: Command): Command {
  return command
    .option('--type <event type>', 'only of this type')
    .option('--tenant <tnt_…>', 'only of this tenant')
    .option('--code <error code>', 'only with this error code')
    .option('--since <age or time>', 'only dead-lettered since then: 2h, 2025-01-31T12:00:00Z', momentArgument)
    .option('--until <age or time>', 'only dead-lettered until then', momentArgument);
}

/** Throws `config_invalid` for a type, tenant or code that there is none of. */
export async function filterOf(
  { type, tenant, code, since, until }: FilterOptions,
  context: CommandContext,
): Promise<LetterFilter> {
  await requireListed({ type, tenant }, context);
  if (code !== undefined) requireOneOf('error code', code, Object.keys(errorTable));
  const nowMs = context.clock();
  return {
    type,
    tenant,
    code,
    fromMs: since === undefined ? undefined : momentMs(since, nowMs),
    untilMs: until === undefined ? undefined : momentMs(until, nowMs),
  };
}
