import { isDeliveryId, isEventId, TrunklineError } from '@trunkline/core';
import { type AnyId, type EventFilter, type EventFound, type GroupOutcome, journalLimits } from '@trunkline/journal';
import { createTopicAdmin } from '@trunkline/kafka';
import { type Command, Option } from 'commander';

import { countArgument, type Moment, momentArgument, momentMs, momentOption } from '../arguments.ts';
import { requireListed } from '../closed-lists.ts';
import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { openKafka, openReadingCodec } from '../kafka-access.ts';
import { openJournalIndex } from '../search/journal-index.ts';
import { renderFound } from '../search/render-found.ts';
import { type FieldCondition, fieldConditionOf, thoseThatSay } from '../search/where.ts';
import { addExamples } from './examples.ts';

export interface EventsSearchOptions {
  readonly words: readonly string[];
  readonly tenant?: string;
  readonly source?: string;
  readonly type?: string;
  readonly entity?: string;
  readonly key?: string;
  readonly state?: SearchedState;
  readonly since: Moment;
  readonly until?: Moment;
  readonly limit: number;
  readonly after?: string;
  readonly where?: readonly string[];
}

const states = ['applied', 'open', 'retrying', 'dead'] as const;
type SearchedState = (typeof states)[number];

/** A row and what became of it, group by group. */
export interface SearchedEvent extends EventFound {
  readonly groups: readonly GroupOutcome[];
}

export function define(events: Command, launch: Launch): void {
  const command = events
    .command('search')
    .description('events that the journal has, newest first, and what became of them')
    .argument('[words...]', "an id of any kind, or words of the type, the entity or the provider's id")
    .option('--tenant <id>', 'only of this tenant')
    .option('--source <id>', 'only of this source')
    .option('--type <event type>', 'only of this type')
    .option('--entity <kind/id>', 'only about this entity')
    .option('--key <record key>', 'only of this record key')
    .addOption(new Option('--state <state>', 'only with this outcome in some group').choices(states))
    .addOption(momentOption('--since <time>', 'from then on: 2h (ago) or an instant', '24h'))
    .addOption(new Option('--until <time>', 'up to then').argParser(momentArgument))
    .option('--limit <n>', 'rows at most', countArgument(1, journalLimits.pageRows), 50)
    .option('--after <place>', 'the page behind the one that named this as its next')
    .option(
      '--where <path=value>',
      `only events whose record says so, read from Kafka, of the newest ${journalLimits.payloadCandidates} that the rest lets through; may be repeated`,
      collectText,
    )
    .action((words: readonly string[], options: Omit<EventsSearchOptions, 'words'>) =>
      launch(run, { ...options, words }),
    );
  addExamples(command, [
    ['trunkline events search --source src_stripe_demo --since 2h', 'what a source sent'],
    ['trunkline events search pi_3Pabc', 'by a word of the entity or the provider’s id'],
    ['trunkline events search --type payments.payment.failed --since 7d --json', 'a rare type, for a script'],
    ['trunkline events search --state dead', 'what no group could apply'],
    ['trunkline events search --type payments.payment.failed --where currency=EUR', 'by what an event says'],
  ]);
}

export async function run(options: EventsSearchOptions, context: CommandContext): Promise<ExitName> {
  await requireListed(options, context);
  const index = await openJournalIndex(context, openKafka(context));
  if (index === undefined)
    throw new TrunklineError(
      'config_invalid',
      'there is no journal to search: start services/journal (npm start does, unless TRUNKLINE_JOURNAL=0), or name its ' +
        'database with --database-url; trunkline events show evt_… reads the topics instead',
    );
  const conditions = (options.where ?? []).map(fieldConditionOf);
  const isByRecord = conditions.length > 0;
  const limit = isByRecord ? journalLimits.payloadCandidates : options.limit;
  const rows = await index.search(filterOf(options, context.clock()), {
    scope: options.tenant === undefined ? 'all' : [options.tenant],
    limit,
    after: options.after,
    asCandidates: isByRecord,
  });
  const found = isByRecord ? await byRecord(rows, conditions, options.limit, context) : rows;
  const isWhole = rows.length < limit && (!isByRecord || found.length < options.limit);
  const next = isWhole ? undefined : (found.length < options.limit ? rows : found).at(-1)?.cursor;
  const outcomes = await index.outcomes(found);
  const events = found
    .map((event): SearchedEvent => ({ ...event, groups: outcomes.get(event.eventId) ?? [] }))
    .filter(({ groups }) => options.state === undefined || groups.some(({ outcome }) => outcome === options.state));
  if (await index.mayMiss())
    context.output.note('the journal indexes failures only, or did lately: events without one may be missing here');
  const searched = { events, isWhole, ...(next === undefined ? {} : { next }) };
  context.output.result(searched, () => renderFound(events, { next }, context.output));
  return 'ok';
}

/** Reads the records at their places; a topic that is long between the first and the last of them takes its time. */
async function byRecord(
  rows: readonly EventFound[],
  conditions: readonly FieldCondition[],
  ...[limit, context]: [limit: number, context: CommandContext]
): Promise<readonly EventFound[]> {
  const progress = context.output.progress('reading records');
  const connection = openKafka(context);
  const admin = createTopicAdmin(connection);
  try {
    return await thoseThatSay(rows, conditions, limit, {
      connection,
      admin,
      codec: await openReadingCodec(context),
      progress,
      signal: context.signal,
    });
  } finally {
    progress.end();
    await admin.close();
  }
}

function collectText(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function filterOf(options: EventsSearchOptions, nowMs: number): EventFilter {
  const { source, type, entity, key, state, since, until, words } = options;
  const [first] = words;
  const id = words.length === 1 && first !== undefined ? idIn(first) : undefined;
  return {
    ...(id === undefined ? { words } : { id }),
    ...(source === undefined ? {} : { source }),
    ...(type === undefined ? {} : { type }),
    ...(entity === undefined ? {} : { entity }),
    ...(key === undefined ? {} : { key }),
    ...(state === 'dead' || state === 'retrying' ? { failed: state === 'dead' ? 'dead' : 'retry' } : {}),
    sinceMs: momentMs(since, nowMs),
    untilMs: until === undefined ? nowMs + clockSlackMs : momentMs(until, nowMs),
  };
}

/** The broker's clock may be ahead of this one. */
const clockSlackMs = 60_000;

/** An id that says what it is the id of; any other is looked for as a word. */
function idIn(word: string): AnyId | undefined {
  if (isEventId(word)) return { kind: 'event', hex: word.slice(4) };
  if (isDeliveryId(word)) return { kind: 'delivery', hex: word.slice(4) };
  return /^[0-9a-f]{32}$/.test(word) ? { kind: 'trace', hex: word } : undefined;
}
