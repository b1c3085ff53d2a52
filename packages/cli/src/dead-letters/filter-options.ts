import { errorTable, TrunklineError } from '@trunkline/core';
import { type CauseId, isCauseId, isLetterId } from '@trunkline/events';
import {
  letterStates,
  type LetterFilter as IndexFilter,
  type LetterReference,
  type LetterState,
} from '@trunkline/journal';
import { deadLetterTopic } from '@trunkline/kafka';
import { type LetterFilter, letterNameOf } from '@trunkline/operations';
import type { Command } from 'commander';

import { countArgument, type Moment, momentArgument, momentMs } from '../arguments.ts';
import { requireListed, requireOneOf } from '../closed-lists.ts';
import type { CommandContext } from '../context.ts';
import { refuseWithoutJournal } from './journal.ts';

/** What the commands about dead letters narrow down by, with the same words. */
export interface FilterOptions {
  readonly type?: string;
  readonly tenant?: string;
  readonly code?: string;
  readonly since?: Moment;
  readonly until?: Moment;
  readonly source?: string;
  readonly key?: string;
  readonly class?: string;
  readonly cause?: string;
  readonly message?: string;
  readonly redrives?: number;
}

/** Those that the topic alone does not answer. */
const ofJournal = ['source', 'key', 'class', 'cause', 'message', 'redrives'] as const;

export function addFilterOptions(command: Command): Command {
  return command
    .option('--type <event type>', 'only of this type')
    .option('--tenant <tnt_…>', 'only of this tenant')
    .option('--code <error code>', 'only with this error code')
    .option('--since <age or time>', 'only dead-lettered since then: 2h, 2025-01-31T12:00:00Z', momentArgument)
    .option('--until <age or time>', 'only dead-lettered until then', momentArgument)
    .option('--cause <cau_…>', 'only of this cause, as `dlq stats` names it')
    .option('--source <src_…>', 'only from this source')
    .option('--key <record key>', 'only of this key, or of keys that begin so')
    .option('--class <name>', 'only with this class of exception')
    .option('--message <words>', 'only with these words in the message')
    .option('--redrives <n>', 'only those sent back so often already, or more', countArgument(0, 1_000_000));
}

/** What a filter of the topic can say. Throws `config_invalid` for what needs the journal, `source_unknown` for names that no list has. */
export async function filterOf(options: FilterOptions, context: CommandContext): Promise<LetterFilter> {
  const needed = ofJournal.find((name) => options[name] !== undefined);
  if (needed !== undefined) refuseWithoutJournal(`--${needed}`);
  await requireNames(options, context);
  const { type, tenant, code } = options;
  return { type, tenant, code, ...timesOf(options, context) };
}

/** The same for the journal, which takes all of it. */
export async function indexFilterOf(
  options: FilterOptions & { readonly id?: readonly string[] },
  group: string,
  context: CommandContext,
): Promise<IndexFilter> {
  await requireNames(options, context);
  const { type, tenant, code, source, key, class: thrown, message, redrives, id } = options;
  return {
    type,
    tenant,
    code,
    source,
    key,
    class: thrown,
    message,
    cause: options.cause === undefined ? undefined : causeOf(options.cause),
    minRedrives: redrives,
    names: id?.map((text) => referenceOf(text, group)),
    ...timesOf(options, context),
  };
}

async function requireNames({ type, tenant, source, code }: FilterOptions, context: CommandContext): Promise<void> {
  await requireListed({ type, tenant, source }, context);
  if (code !== undefined) requireOneOf('error code', code, Object.keys(errorTable));
}

function timesOf({ since, until }: FilterOptions, { clock }: CommandContext) {
  const nowMs = clock();
  return {
    fromMs: since === undefined ? undefined : momentMs(since, nowMs),
    untilMs: until === undefined ? undefined : momentMs(until, nowMs),
  };
}

export function causeOf(text: string): CauseId {
  if (isCauseId(text)) return text;
  throw new TrunklineError(
    'config_invalid',
    `${JSON.stringify(text)} is no cause: give cau_…, as \`trunkline dlq stats\` names it`,
  );
}

/** A name in any of its forms, for the index of one group. */
export function referenceOf(text: string, group: string): LetterReference {
  const name = letterNameOf(text);
  switch (name.kind) {
    case 'letter':
      // letterNameOf has looked at its form.
      return isLetterId(name.id) ? { kind: 'letter', id: name.id } : { kind: 'record', id: name.id };
    case 'event':
      return { kind: 'record', id: name.id };
    case 'copy': {
      const [partition = '', offset = ''] = name.place.split(':');
      return { kind: 'copy', partition: Number(partition), offset };
    }
    case 'place': {
      const { topic, partition, offset } = name;
      if (topic === deadLetterTopic(group)) return { kind: 'copy', partition: Number(partition), offset };
      return { kind: 'original', topic, partition: Number(partition), offset };
    }
  }
}

/** `open,sent`; throws `config_invalid` with the states there are. */
export function statesOf(texts: readonly string[]): readonly LetterState[] {
  return texts.map((text) => {
    const state = letterStates.find((each) => each === text);
    if (state === undefined)
      throw new TrunklineError('config_invalid', `a letter is ${letterStates.join(', ')}, not ${JSON.stringify(text)}`);
    return state;
  });
}
