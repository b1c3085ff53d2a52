import { type DraftIdentity, type ExactJson, idText, maxIdLength, type Occurred } from '@trunkline/events';

import { contentIdentity } from '../contract/content.ts';
import type { VerifiedDelivery } from '../contract/delivery.ts';
import { contentEntity, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { readJsonBody } from '../contract/json-body.ts';
import type { Normalization } from '../contract/normalization.ts';
import { singleHeader } from '../contract/request.ts';
import { readInstant, readMilliseconds, readSeconds } from '../contract/times.ts';
import { type EventPointers, type GenericOptions, headerOfPointer } from './options.ts';
import { valueAt } from './pointer.ts';

/**
 * One delivery is one `integration.event.received`. What the options point at gives it its id, entity, name and time;
 * what they point at and is not there makes it `partial`, and without its id each reception is a new event.
 */
export function normalizeGeneric(delivery: VerifiedDelivery<GenericOptions>): Normalization {
  const pointers = delivery.settings.options.event;
  const body = readBody(delivery, pointers);
  if (!body.readable) return unreadableDelivery(delivery, body.reason);

  const missing: string[] = [];
  const find = (name: 'id' | 'entity' | 'type' | 'time'): string | undefined => {
    const pointer = pointers[name];
    if (pointer === undefined) return undefined;
    const text = textAt(delivery, body.value, pointer);
    if (text === undefined) missing.push(name);
    return text;
  };
  const id = find('id');
  const entity = find('entity');
  const type = find('type');
  const occurred = occurredOf(find('time'), pointers.timeFormat);
  if (occurred === undefined) missing.push('time');

  // A time in a header is that of the attempt.
  const ownTime = pointers.time !== undefined && headerOfPointer(pointers.time) === undefined ? occurred : undefined;
  const identity = identityOf(id, body.value, ownTime);
  const event = integrationEvent(delivery, {
    account: delivery.settings.sourceId,
    entity: entityOf(delivery, entity, id),
    identity,
    occurred: occurred ?? { estimated: true },
    ...(type === undefined ? {} : { originalType: type }),
    ...(id === undefined ? {} : { providerEventId: id }),
    ...(entity === undefined ? {} : { orderBy: { by: 'source', value: entity } }),
  });
  if (missing.length === 0) return { verdict: 'normalised', events: [event] };
  return {
    verdict: 'partial',
    reason: `not found or not usable: ${[...new Set(missing)].join(', ')}`,
    events: [event],
  };
}

/** Without an id, a body that names its moment is known by all it says. */
function identityOf(id: string | undefined, body: ExactJson, ownTime: Occurred | undefined): DraftIdentity {
  if (id !== undefined) return { basis: 'id', id };
  return ownTime?.estimated === false ? contentIdentity(body) : { basis: 'rx', index: 0 };
}

function entityOf(
  delivery: VerifiedDelivery,
  entity: string | undefined,
  id: string | undefined,
): { readonly kind: string; readonly id: string } {
  if (entity !== undefined) return { kind: 'entity', id: entity };
  return id === undefined ? contentEntity(delivery) : { kind: 'event', id };
}

/** The body is read as JSON only when something points into it: a source without pointers may post anything. */
function readBody(delivery: VerifiedDelivery, pointers: EventPointers): ReturnType<typeof readJsonBody> {
  const { id, entity, type, time } = pointers;
  const intoBody = [id, entity, type, time].some((text) => text !== undefined && headerOfPointer(text) === undefined);
  return intoBody ? readJsonBody(delivery.request.body) : { readable: true, value: null };
}

/** The text a pointer finds; undefined where it is absent, null, empty, or too long to be an id. */
function textAt(delivery: VerifiedDelivery, body: ExactJson, pointer: string): string | undefined {
  const header = headerOfPointer(pointer);
  const text =
    header === undefined ? idText(valueAt(body, pointer)) : (singleHeader(delivery.request, header) ?? '').trim();
  return text === '' || text.length > maxIdLength ? undefined : text;
}

const readers = { iso: readInstant, s: readSeconds, ms: readMilliseconds } as const;

/** The declared time; undefined where it is there and cannot be one. An undeclared or missing time is estimated. */
function occurredOf(text: string | undefined, format: EventPointers['timeFormat']): Occurred | undefined {
  if (text === undefined) return { estimated: true };
  const at = readers[format](text);
  return at === undefined ? undefined : { at, estimated: false };
}
