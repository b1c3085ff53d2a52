import { type DeliveryId, isDeliveryId, isEventId, isRecordId, type RecordId, TrunklineError } from '@trunkline/core';
import { headerName } from '@trunkline/events';
import type { AnyId } from '@trunkline/journal';
import { readRecordAt } from '@trunkline/kafka';
import { formatAge } from '@trunkline/operations/units';
import { type Command, Option } from 'commander';

import { durationArgument } from '../arguments.ts';
import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { openKafka, openReadingCodec } from '../kafka-access.ts';
import type { EventHistory } from '../search/event-history.ts';
import { findDelivery, findRejection } from '../search/find-delivery.ts';
import { findEvent } from '../search/find-event.ts';
import { allOf, openJournalIndex, type Place } from '../search/journal-index.ts';
import { renderDelivery, renderHistory, renderRejection } from '../search/render.ts';
import type { SearchTools } from '../search/search-tools.ts';
import { addExamples } from './examples.ts';

export interface EventsShowOptions {
  readonly id: string;
  readonly since: number;
}

/** Records of one trace or provider's id that are looked at. */
const mostRecordsOfId = 100;
/** Events of one delivery that are looked up; a batch may have made hundreds. */
const mostEventsOfDelivery = 10;

export function define(events: Command, launch: Launch): void {
  const command = events
    .command('show')
    .description('where an event is: delivery, record, inbox rows, retry and dead-letter copies, trace')
    .argument(
      '<id>',
      "evt_…, req_… or dlv_…; with a journal the provider's id or a trace id, too; or topic/partition/offset",
    )
    .addOption(
      new Option('--since <time>', 'how far back topics are read when no inbox row says where the record is')
        .argParser(durationArgument)
        .default(3_600_000, '1h'),
    )
    .action((id: string, options: Omit<EventsShowOptions, 'id'>) => launch(run, { ...options, id }));
  addExamples(command, [
    ['trunkline events show evt_47fca7c8db0b51af89a63cf6e0ed9357', 'everything about one event'],
    ['trunkline events show evt_… --since 7d', 'look through a week'],
    ['trunkline events show req_…', 'what was asked for, because of which event, and what became of it'],
    ['trunkline events show dlv_…', 'a delivery and the events it became, or why it was refused'],
  ]);
}

export async function run(options: EventsShowOptions, context: CommandContext): Promise<ExitName> {
  const gaps: string[] = [];
  const connection = openKafka(context);
  const tools: SearchTools = {
    context,
    connection,
    index: await openJournalIndex(context, connection),
    codec: await openReadingCodec(context),
    sinceMs: options.since,
    onGap: (gap) => {
      gaps.push(gap);
      context.output.note(gap);
    },
  };
  if (isRecordId(options.id)) return await showEvent(options.id, tools, gaps);
  if (isDeliveryId(options.id)) return await showDelivery(options.id, tools, gaps);
  const place = placeIn(options.id);
  if (place !== undefined) return await showPlace(place, tools, gaps);
  return await showOtherId(options.id, tools, gaps);
}

/** `<topic>/<partition>/<offset>`, with blanks as tables show it. */
function placeIn(text: string): Place | undefined {
  const [, topic, partition, offset] = /^([a-z0-9_.]+) ?\/ ?(\d{1,6}) ?\/ ?(\d{1,18})$/.exec(text) ?? [];
  if (topic === undefined || partition === undefined || offset === undefined) return undefined;
  return { topic, partition: Number(partition), offset: BigInt(offset) };
}

async function showPlace(place: Place, tools: SearchTools, gaps: readonly string[]): Promise<ExitName> {
  const record = await readRecordAt(tools.connection, place.topic, place.partition, place.offset);
  const id = record?.headers[headerName.id] ?? record?.key?.toString('utf8').split(':').at(-1);
  if (id !== undefined && isRecordId(id)) return await showEvent(id, tools, gaps);
  if (id !== undefined && isDeliveryId(id)) return await showDelivery(id, tools, gaps);
  return tools.context.output.failure({
    exit: 'not_found',
    code: 'not_found',
    message: `${place.topic}/${place.partition}/${place.offset} ${record === undefined ? 'is not there' : 'names no event or delivery'}`,
    fix: 'records are kept for 7 days, dead letters for 30: trunkline events tail <topic> --from beginning shows what there is',
  });
}

/** A trace id, or what the provider calls its event: only the journal finds those. */
async function showOtherId(text: string, tools: SearchTools, gaps: readonly string[]): Promise<ExitName> {
  const { context, index } = tools;
  if (index === undefined)
    throw new TrunklineError(
      'config_invalid',
      `${JSON.stringify(text)} is no id of an event (evt_ and 32 hex digits), of a request (req_…) or of a delivery (dlv_…), ` +
        'and there is no journal here that would find any other',
    );
  const id: AnyId = /^[0-9a-f]{32}$/.test(text) ? { kind: 'trace', hex: text } : { kind: 'provider', text };
  const found = await index.search({ id, ...allOf(context.clock()) }, { scope: 'all', limit: mostRecordsOfId });
  const eventIds = [...new Set(found.map(({ eventId }) => eventId))];
  const [first] = eventIds;
  if (first === undefined)
    return context.output.failure({
      exit: 'not_found',
      code: 'not_found',
      message: `the journal has no event with the ${id.kind === 'trace' ? 'trace' : "provider's id"} ${JSON.stringify(text)}`,
      fix: 'the journal keeps events for 7 days; trunkline events search finds them by other words',
    });
  if (eventIds.length === 1) return await showEvent(first, tools, gaps);
  const events: EventHistory[] = [];
  for (const eventId of eventIds.slice(0, mostEventsOfDelivery)) events.push(await findEvent(eventId, tools));
  context.output.result({ eventIds, events, gaps }, () =>
    events.map((event) => renderHistory(event, context.clock(), context.output)).join('\n\n'),
  );
  return 'ok';
}

async function showEvent(eventId: RecordId, tools: SearchTools, gaps: readonly string[]): Promise<ExitName> {
  const { output } = tools.context;
  const history = await findEvent(eventId, tools);
  const found =
    history.record !== undefined ||
    history.copies.length > 0 ||
    history.groups.some((group) => group.row !== undefined);
  if (!found) {
    return output.failure({
      exit: 'not_found',
      code: 'not_found',
      message: `${eventId} is in no inbox and on no topic within the last ${formatAge(tools.sinceMs)}`,
      fix: 'look further back with --since 7d; a delivery (dlv_…) can be looked up too',
    });
  }
  output.result({ ...history, gaps }, () => renderHistory(history, tools.context.clock(), output));
  return 'ok';
}

async function showDelivery(deliveryId: DeliveryId, tools: SearchTools, gaps: readonly string[]): Promise<ExitName> {
  const { output } = tools.context;
  const delivery = await findDelivery(deliveryId, tools);
  if (delivery !== undefined) {
    const eventIds = (delivery.value?.eventIds ?? []).filter(isEventId);
    const events: EventHistory[] = [];
    for (const eventId of eventIds.slice(0, mostEventsOfDelivery)) events.push(await findEvent(eventId, tools));
    output.result({ deliveryId, delivery, eventIds, events, gaps }, () =>
      [
        renderDelivery(delivery, output.style),
        ...events.map((event) => renderHistory({ ...event, delivery: undefined }, tools.context.clock(), output)),
      ].join('\n\n'),
    );
    return 'ok';
  }
  const rejection = await findRejection(deliveryId, tools);
  if (rejection === undefined) {
    return output.failure({
      exit: 'not_found',
      code: 'not_found',
      message: `${deliveryId} is neither archived nor among the recorded rejections`,
      fix: 'deliveries are kept for 7 days, rejections for 3; rejections are rate-limited, so not each has a record',
    });
  }
  output.result({ deliveryId, rejection, gaps }, () => renderRejection(deliveryId, rejection, output.style));
  return 'ok';
}
