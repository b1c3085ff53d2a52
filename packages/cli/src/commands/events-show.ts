import { type DeliveryId, type EventId, isDeliveryId, isEventId, TrunklineError } from '@trunkline/core';
import { type Command, Option } from 'commander';

import { durationArgument } from '../arguments.ts';
import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { openKafka, openReadingCodec } from '../kafka-access.ts';
import { formatAge } from '../render/units.ts';
import type { EventHistory } from '../search/event-history.ts';
import { findDelivery, findRejection } from '../search/find-delivery.ts';
import { findEvent } from '../search/find-event.ts';
import { renderDelivery, renderHistory, renderRejection } from '../search/render.ts';
import type { SearchTools } from '../search/search-tools.ts';
import { addExamples } from './examples.ts';

export interface EventsShowOptions {
  readonly id: string;
  readonly since: number;
}

/** Events of one delivery that are looked up; a batch may have made hundreds. */
const mostEventsOfDelivery = 10;

export function define(events: Command, launch: Launch): void {
  const command = events
    .command('show')
    .description('where an event is: delivery, record, inbox rows, retry and dead-letter copies, trace')
    .argument('<id>', 'evt_… or dlv_…')
    .addOption(
      new Option('--since <time>', 'how far back topics are read when no inbox row says where the record is')
        .argParser(durationArgument)
        .default(3_600_000, '1h'),
    )
    .action((id: string, options: Omit<EventsShowOptions, 'id'>) => launch(run, { ...options, id }));
  addExamples(command, [
    ['trunkline events show evt_47fca7c8db0b51af89a63cf6e0ed9357', 'everything about one event'],
    ['trunkline events show evt_… --since 7d', 'look through a week'],
    ['trunkline events show dlv_…', 'a delivery and the events it became, or why it was refused'],
  ]);
}

export async function run(options: EventsShowOptions, context: CommandContext): Promise<ExitName> {
  const gaps: string[] = [];
  const tools: SearchTools = {
    context,
    connection: openKafka(context),
    codec: await openReadingCodec(context),
    sinceMs: options.since,
    onGap: (gap) => {
      gaps.push(gap);
      context.output.note(gap);
    },
  };
  if (isEventId(options.id)) return await showEvent(options.id, tools, gaps);
  if (isDeliveryId(options.id)) return await showDelivery(options.id, tools, gaps);
  throw new TrunklineError(
    'config_invalid',
    `${JSON.stringify(options.id)} is no id of an event (evt_ and 32 hex digits) or of a delivery (dlv_ and 32 hex digits)`,
  );
}

async function showEvent(eventId: EventId, tools: SearchTools, gaps: readonly string[]): Promise<ExitName> {
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
