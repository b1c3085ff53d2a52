import { listLetters } from '@trunkline/journal';
import { deadLetterTopic, type KafkaConnection } from '@trunkline/kafka';
import {
  type GroupPlan,
  groups,
  isNamed,
  type LetterCopies,
  type LetterName,
  letterNameForms,
  letterNameOf,
  readDeadLetters,
  tenantOf,
} from '@trunkline/operations';
import { appendAuditOfEach } from '@trunkline/postgres';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { actorOf } from '../dead-letters/actor.ts';
import { referenceOf } from '../dead-letters/filter-options.ts';
import { letterOf } from '../dead-letters/indexed-letter.ts';
import { type LetterIndex, openLetterIndex } from '../dead-letters/journal.ts';
import { renderLetter } from '../dead-letters/render-letter.ts';
import { lookAt, type ShownLetter } from '../dead-letters/show.ts';
import type { ExitName } from '../exit-codes.ts';
import { openKafka, openReadingCodec, openRegistry } from '../kafka-access.ts';
import { accessOf } from '../operator-access.ts';
import { addExamples } from './examples.ts';

export interface DlqShowOptions {
  /** In any form that names a letter; topic, partition and offset may be words of their own. */
  readonly what: readonly string[];
  readonly reveal?: boolean;
}

export function define(dlq: Command, launch: Launch): void {
  const command = dlq
    .command('show')
    .description('one dead letter: why it failed, its attempts, its content, and what to do with it')
    .argument('<what...>', letterNameForms)
    .option('--reveal', 'also show personal values, which are otherwise masked; the audit log records it')
    .action((what: readonly string[], options: Omit<DlqShowOptions, 'what'>) => launch(run, { ...options, what }));
  addExamples(command, [
    ['trunkline dlq show evt_47fca7c8db0b51af89a63cf6e0ed9357', 'by its event, in every group'],
    ['trunkline dlq show ltr_9dc2f54636d45fcfbf7741df738364cf', 'by its own id, as lists name it'],
    ['trunkline dlq show payments.dlt 0 17', 'by the place of one of its copies'],
    ['trunkline dlq show payments.payment.v1 3 90210', 'by the place of the record that died, as log lines name it'],
  ]);
}

export async function run(options: DlqShowOptions, context: CommandContext): Promise<ExitName> {
  const name = letterNameOf(options.what.join(' '));
  const connection = openKafka(context);
  const asked = groupsOf(name);
  const index = await openLetterIndex(connection, asked, context);
  const found =
    index === undefined
      ? await findOnTopics(name, { connection, asked }, context)
      : await findInIndex(options.what.join(' '), { connection, asked, index }, context);
  if (found.length === 0) {
    return context.output.failure({
      exit: 'not_found',
      code: 'not_found',
      message: `no group has a dead letter ${options.what.join(' ')}`,
      fix: `trunkline dlq list ${groups[0]?.name ?? ''} --all; dead letters are kept for 30 days`,
    });
  }
  const reveal = options.reveal === true;
  if (reveal) await auditReveal(found, context);
  const tools = {
    context,
    connection,
    codec: await openReadingCodec(context),
    registry: openRegistry(context),
    reveal,
  };
  const letters: ShownLetter[] = [];
  for (const each of found) letters.push(await lookAt(each, tools));
  context.output.result({ letters }, () =>
    letters.map((letter) => renderLetter(letter, context.clock(), context.output)).join('\n\n\n'),
  );
  return 'ok';
}

type Found = Parameters<typeof lookAt>[0];

/** Before anything is shown: what somebody has seen is known, whatever became of the command. */
async function auditReveal(found: readonly Found[], context: CommandContext): Promise<void> {
  const [first] = found;
  if (first === undefined) return;
  const concerned = found.map(({ letter: { id, latest } }) => {
    const tenant = tenantOf(latest.headers);
    return { target: id, ...(tenant === undefined ? {} : { tenant }) };
  });
  await withDatabase(context, first.group.schema, (database) =>
    database.transaction([], (tx) =>
      appendAuditOfEach(tx, { actor: actorOf(context), action: 'dlq reveal' }, concerned),
    ),
  );
}

interface Where {
  readonly connection: KafkaConnection;
  readonly asked: readonly GroupPlan[];
}

/** A place on a dead-letter topic is of one group; anything else may be in each of them. */
function groupsOf(name: LetterName): readonly GroupPlan[] {
  const own = groups.filter((group) => name.kind === 'place' && deadLetterTopic(group.name) === name.topic);
  return own.length > 0 ? own : groups;
}

async function findInIndex(
  text: string,
  { connection, asked, index }: Where & { readonly index: LetterIndex },
  { signal }: CommandContext,
): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const group of asked) {
    const filter = { names: [referenceOf(text, group.name)] };
    const page = await index.ask((database) => listLetters(database, { group, scope: 'all', filter, signal }));
    for (const letter of page.letters)
      found.push({ letter: await letterOf(letter, connection), group, indexed: { letter, index } });
  }
  return found;
}

async function findOnTopics(
  name: LetterName,
  { connection, asked }: Where,
  context: CommandContext,
): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const group of asked) {
    const wants = (copy: LetterCopies): boolean => isNamed(copy, name, group.name);
    const { letters, gap } = await readDeadLetters({ connection, group, wants }, accessOf(context));
    if (gap !== undefined) context.output.note(gap);
    found.push(...letters.map((letter) => ({ letter, group })));
  }
  return found;
}
