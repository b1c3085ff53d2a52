import { deadLetterTopic, type KafkaConnection } from '@trunkline/kafka';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import { isNamed, type LetterName, letterNameForms, letterNameOf } from '../dead-letters/letter-name.ts';
import type { DeadLetter, LetterCopies } from '../dead-letters/letter.ts';
import { readDeadLetters } from '../dead-letters/read.ts';
import { renderLetter } from '../dead-letters/render-letter.ts';
import { lookAt, type ShownLetter } from '../dead-letters/show.ts';
import type { ExitName } from '../exit-codes.ts';
import { type GroupPlan, groups } from '../groups.ts';
import { openKafka, openReadingCodec } from '../kafka-access.ts';
import { addExamples } from './examples.ts';

export interface DlqShowOptions {
  /** In any form that names a letter; topic, partition and offset may be words of their own. */
  readonly what: readonly string[];
}

export function define(dlq: Command, launch: Launch): void {
  const command = dlq
    .command('show')
    .description('one dead letter: why it failed, its attempts, its content, and what to do with it')
    .argument('<what...>', letterNameForms)
    .action((what: readonly string[]) => launch(run, { what }));
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
  const found = await find(name, connection, context);
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
    letters.map((letter) => renderLetter(letter, context.clock(), context.output)).join('\n\n\n'),
  );
  return 'ok';
}

interface Found {
  readonly letter: DeadLetter;
  readonly group: GroupPlan;
}

async function find(name: LetterName, connection: KafkaConnection, context: CommandContext): Promise<readonly Found[]> {
  // A place on a dead-letter topic is of one group; anything else may be in each of them.
  const own = groups.filter((group) => name.kind === 'place' && deadLetterTopic(group.name) === name.topic);
  const found: Found[] = [];
  for (const group of own.length > 0 ? own : groups) {
    const wants = (copy: LetterCopies): boolean => isNamed(copy, name, group.name);
    const { letters, gap } = await readDeadLetters({ connection, group, wants }, context);
    if (gap !== undefined) context.output.note(gap);
    found.push(...letters.map((letter) => ({ letter, group })));
  }
  return found;
}
