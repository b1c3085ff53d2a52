import { isDomainTopic, topics as catalogueTopics } from '@trunkline/events';
import { createTopicAdmin, type FollowOptions, followRecords, type KafkaConnection } from '@trunkline/kafka';
import { missingTopics } from '@trunkline/operations';
import { type Command, InvalidArgumentError, Option } from 'commander';

import { countArgument, type Moment, momentArgument, momentMs } from '../arguments.ts';
import { requireListed, requireOneOf } from '../closed-lists.ts';
import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { openKafka, openReadingCodec } from '../kafka-access.ts';
import { accessOf } from '../operator-access.ts';
import { createTailLines } from '../tail/render.ts';
import { decodeTailed, isAskedFor, type TailFilter } from '../tail/tailed-record.ts';
import { planTopics } from '../topic-plan.ts';
import { addExamples } from './examples.ts';

export interface EventsTailOptions extends TailFilter {
  readonly topics: readonly string[];
  readonly from: 'beginning' | 'now' | Moment;
  readonly limit?: number;
}

const mostRecords = 1_000_000;

export function define(events: Command, launch: Launch): void {
  const command = events
    .command('tail')
    .description('print decoded records as they arrive, until Ctrl-C; commits nothing and joins no group of a service')
    .argument('[topic...]', "topics of this build, a group's dead letters too; every topic with events unless given")
    .addOption(
      new Option('--from <beginning|now|time>', 'where to begin; a time is 15m (ago) or an instant')
        .argParser(fromArgument)
        .default('now'),
    )
    .option('--type <event type>', 'only of this type')
    .option('--tenant <id>', 'only of this tenant')
    .addOption(new Option('--limit <n>', 'end after so many').argParser(countArgument(1, mostRecords)))
    .action((topics: readonly string[], options: Omit<EventsTailOptions, 'topics'>) =>
      launch(run, { ...options, topics }),
    );
  addExamples(command, [
    ['trunkline events tail', 'everything that happens from now on'],
    ['trunkline events tail payments.payment.v1 --from 15m --tenant tnt_demo', 'one topic, one tenant'],
    ['trunkline events tail payments.dlt --from beginning --json', 'a JSON document a line, with the decoded record'],
  ]);
}

export async function run(options: EventsTailOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  await requireListed(options, context);
  const connection = openKafka(context);
  const topics = await topicsToFollow(options.topics, connection, context);
  const codec = await openReadingCodec(context);
  const lineOf = createTailLines(output.style, output.width);
  let shown = 0;
  const records = followRecords(connection, {
    topics,
    from: beginningOf(options.from, context),
    signal,
    onSettled: () =>
      output.note(`following ${topics.length === 1 ? topics[0] : `${topics.length} topics`}; Ctrl-C ends`),
  });
  for await (const record of records) {
    if (!isAskedFor(record, options)) continue;
    const tailed = await decodeTailed(record, codec);
    output.item(tailed, () => lineOf(tailed));
    shown += 1;
    if (shown === options.limit) return 'ok';
  }
  // Ctrl-C is how a tail ends; whoever asked for a number did not get it.
  return options.limit === undefined ? 'ok' : 'interrupted';
}

/** Those asked for, each of them of this build; else all with events. Of these a missing one is told, not fatal. */
async function topicsToFollow(
  asked: readonly string[],
  connection: KafkaConnection,
  context: CommandContext,
): Promise<readonly string[]> {
  const known = planTopics(context).map(({ topic }) => topic);
  for (const topic of asked) requireOneOf('topic', topic, known);
  if (asked.length > 0) return [...new Set(asked)];
  const admin = createTopicAdmin(connection);
  try {
    const missing = await missingTopics(admin, accessOf(context));
    const withEvents = catalogueTopics.filter(isDomainTopic);
    const absent = withEvents.filter((topic) => missing.has(topic));
    if (absent.length > 0)
      context.output.note(`missing, so not followed: ${absent.join(', ')} (trunkline topics apply)`);
    return withEvents.filter((topic) => !missing.has(topic));
  } finally {
    await admin.close();
  }
}

function beginningOf(from: EventsTailOptions['from'], { clock }: CommandContext): FollowOptions['from'] {
  if (from === 'now') return 'end';
  return from === 'beginning' ? 'beginning' : { timestampMs: momentMs(from, clock()) };
}

function fromArgument(text: string): EventsTailOptions['from'] {
  if (text === 'beginning' || text === 'now') return text;
  try {
    return momentArgument(text);
  } catch {
    throw new InvalidArgumentError('Give beginning, now, an age such as 15m, or a time such as 2025-01-31T12:00:00Z.');
  }
}
