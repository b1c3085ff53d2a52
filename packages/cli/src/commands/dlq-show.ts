import { isEventId, TrunklineError } from '@trunkline/core';
import { headerName } from '@trunkline/events';
import { deadLetterTopic, type IncomingRecord, type KafkaConnection, readRecordAt } from '@trunkline/kafka';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import { type DeadLetter, lettersOf, readDeadLetters } from '../dead-letters/read.ts';
import { renderLetter } from '../dead-letters/render-letter.ts';
import { lookAt, type ShownLetter } from '../dead-letters/show.ts';
import type { ExitName } from '../exit-codes.ts';
import { type GroupPlan, groups } from '../groups.ts';
import { openKafka, openReadingCodec } from '../kafka-access.ts';
import { addExamples } from './examples.ts';

export interface DlqShowOptions {
  /** An event id, or topic, partition and offset. */
  readonly what: readonly string[];
}

export function define(dlq: Command, launch: Launch): void {
  const command = dlq
    .command('show')
    .description('one dead letter: why it failed, its attempts, its content, and how to send it back')
    .argument('<what...>', 'evt_…, or topic partition offset (on the dead-letter topic, or where the record first was)')
    .action((what: readonly string[]) => launch(run, { what }));
  addExamples(command, [
    ['trunkline dlq show evt_47fca7c8db0b51af89a63cf6e0ed9357', 'by its event, in every group'],
    ['trunkline dlq show payments.dlt 0 17', 'by its place, when it has no id'],
    ['trunkline dlq show payments.payment.v1 3 90210', 'by the place of the record that died, as log lines name it'],
  ]);
}

export async function run(options: DlqShowOptions, context: CommandContext): Promise<ExitName> {
  const target = targetOf(options.what);
  const connection = openKafka(context);
  const found = await find(target, connection, context);
  if (found.length === 0) {
    return context.output.failure({
      exit: 'not_found',
      code: 'not_found',
      message: `no group has a dead letter ${options.what.join(' ')}`,
      fix: `trunkline dlq list ${groups[0]?.name ?? ''} --all; dead letters are kept for 30 days`,
    });
  }
  const codec = await openReadingCodec(context);
  const letters: ShownLetter[] = [];
  for (const { letter, group } of found) letters.push(await lookAt(letter, group, { context, connection, codec }));
  context.output.result({ letters }, () =>
    letters.map((letter) => renderLetter(letter, context.clock(), context.output.style)).join('\n\n\n'),
  );
  return 'ok';
}

type Target =
  | { readonly kind: 'event'; readonly id: string }
  | { readonly kind: 'place'; readonly topic: string; readonly partition: number; readonly offset: bigint };

function targetOf(words: readonly string[]): Target {
  const [first = '', partition = '', offset = ''] = words;
  if (words.length === 1 && isEventId(first)) return { kind: 'event', id: first };
  if (words.length === 3 && /^\d{1,6}$/.test(partition) && /^\d{1,18}$/.test(offset)) {
    return { kind: 'place', topic: first, partition: Number(partition), offset: BigInt(offset) };
  }
  throw new TrunklineError(
    'config_invalid',
    `${JSON.stringify(words.join(' '))} is neither an event id (evt_ and 32 hex digits) nor topic, partition and offset`,
  );
}

interface Found {
  readonly letter: DeadLetter;
  readonly group: GroupPlan;
}

async function find(target: Target, connection: KafkaConnection, context: CommandContext): Promise<readonly Found[]> {
  const own = groups.find(({ name }) => target.kind === 'place' && deadLetterTopic(name) === target.topic);
  if (target.kind === 'place' && own !== undefined) {
    const record = await readRecordAt(connection, target.topic, target.partition, target.offset);
    const letters = record === undefined ? [] : await lettersOf([record], own, context);
    return letters.map((letter) => ({ letter, group: own }));
  }
  const found: Found[] = [];
  for (const group of groups) {
    const { letters } = await readDeadLetters(
      { connection, group, matches: (record) => isMeant(record, target) },
      context,
    );
    found.push(...letters.map((letter) => ({ letter, group })));
  }
  return found;
}

function isMeant({ headers }: IncomingRecord, target: Target): boolean {
  if (target.kind === 'event') return headers[headerName.id] === target.id;
  return (
    headers[headerName.originalTopic] === target.topic &&
    headers[headerName.originalPartition] === String(target.partition) &&
    headers[headerName.originalOffset] === String(target.offset)
  );
}
