import {
  canonicalText,
  type DraftIdentity,
  type EntityRef,
  type ExactJson,
  type ExactObject,
  isExactObject,
} from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { isFormType, readFormBody, singleParameter } from '../contract/form-body.ts';
import { formObject } from '../contract/form-object.ts';
import { contentEntity, fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { member, objectMember, readJsonBody, textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { singleHeader } from '../contract/request.ts';
import { completeness } from '../contract/snapshot.ts';
import { occurredAt, readDecimalSeconds, readSeconds } from '../contract/times.ts';
import { usableId } from '../contract/usable-id.ts';
import { readList } from '../contract/values.ts';
import { channelEvent } from './channel.ts';
import type { ChatFact } from './fact.ts';
import { changedMessage, messageEntity, postedMessage } from './message.ts';
import type { SlackOptions } from './options.ts';
import { reactionEvent } from './reaction.ts';

/** A delivery is one event, one interaction or one slash command. */
export function normalizeSlack(delivery: VerifiedDelivery<SlackOptions>): Normalization {
  if (isFormType(singleHeader(delivery.request, 'content-type'))) return normalizeForm(delivery);
  const body = readJsonBody(delivery.request.body);
  if (!body.readable) return unreadableDelivery(delivery, body.reason);
  if (!isExactObject(body.value)) return unreadableDelivery(delivery, 'the body is not a JSON object');
  switch (body.value['type']) {
    case 'event_callback':
      return normalizeCallback(delivery, body.value);
    case 'url_verification':
      return { verdict: 'ignored', reason: 'it only asks whether this URL is ours', events: [] };
    case 'app_rate_limited':
      return normalizeRateLimit(delivery, body.value);
    default:
      return unreadableDelivery(delivery, 'it is no event of the Events API');
  }
}

/** The outer part has the ids, the inner one what happened. */
function normalizeCallback(delivery: VerifiedDelivery<SlackOptions>, body: ExactObject): Normalization {
  const event = objectMember(body, 'event');
  const type = textMember(event, 'type');
  if (event === undefined || type === undefined) return unreadableDelivery(delivery, 'it carries no event of a type');
  const id = usableId(body['event_id']);
  const common = {
    account: accountOf(delivery, body['team_id'], body['enterprise_id']),
    identity: identityOf(id, body),
    ...(id === undefined ? {} : { providerEventId: id }),
  };
  const missing = id === undefined ? ['event_id'] : [];
  const chat = postedFact(event) ?? changedMessage(event) ?? reactionEvent(event) ?? channelEvent(event);
  const at = timeOf(event, body, chat);
  const flaws = [...missing, ...(at === undefined ? ['event_ts'] : [])];
  if (chat !== undefined) {
    const { entity, read, orderBy } = chat;
    const drafted = draftOf({
      ...read.fact,
      ...common,
      entity,
      occurred: occurredAt(at),
      ...(orderBy === undefined ? {} : { orderBy }),
    });
    return { ...completeness([...flaws, ...read.unreadable]), events: [drafted] };
  }
  const passed = integrationEvent(delivery, {
    ...common,
    entity: entityOf(event) ?? (id === undefined ? contentEntity(delivery) : { kind: 'event', id }),
    occurred: occurredAt(at),
    originalType: originalTypeOf(type, event),
  });
  return { ...completeness(flaws), events: [passed] };
}

function postedFact(event: ExactObject): ChatFact | undefined {
  const entity = messageEntity(event);
  const read = entity === undefined ? undefined : postedMessage(event);
  if (entity === undefined || read === undefined) return undefined;
  const ts = textMember(event, 'ts');
  return { entity, read, ...(ts === undefined ? {} : { ts }) };
}

/** When a message was written is its name; everything else has the time at which Slack dispatched it. */
function timeOf(event: ExactObject, body: ExactObject, chat: ChatFact | undefined): number | undefined {
  if (chat?.ts !== undefined) return readDecimalSeconds(chat.ts);
  return readDecimalSeconds(event['event_ts']) ?? readSeconds(body['event_time']);
}

/** What an event without a canonical form is about: a message, a channel or a person, the narrowest that it names. */
function entityOf(event: ExactObject): EntityRef | undefined {
  const message = messageEntity(event);
  if (message !== undefined) return message;
  const channel = usableId(objectMember(event, 'channel')?.['id'] ?? event['channel']);
  if (channel !== undefined) return { kind: 'channel', id: channel };
  const user = usableId(objectMember(event, 'user')?.['id'] ?? event['user']);
  return user === undefined ? undefined : { kind: 'user', id: user };
}

/** Messages have their kind in a second member: `message.message_changed`. */
function originalTypeOf(type: string, event: ExactObject): string {
  const subtype = textMember(event, 'subtype');
  return subtype === undefined ? type : `${type}.${subtype}`;
}

/** Slack held events back: more than 30,000 an hour. It is told once a minute. */
function normalizeRateLimit(delivery: VerifiedDelivery<SlackOptions>, body: ExactObject): Normalization {
  const at = readSeconds(body['minute_rate_limited']);
  const parts = [body['team_id'], body['api_app_id'], body['minute_rate_limited']].map((part) => usableId(part));
  const known = parts.filter((part) => part !== undefined);
  const complete = known.length === parts.length;
  const event = integrationEvent(delivery, {
    account: accountOf(delivery, body['team_id'], undefined),
    entity: contentEntity(delivery),
    identity: complete ? { basis: 'key', parts: ['app_rate_limited', ...known] } : { basis: 'rx', index: 0 },
    occurred: occurredAt(at),
    originalType: 'app_rate_limited',
  });
  return { ...completeness(complete ? [] : ['team_id, api_app_id or minute_rate_limited']), events: [event] };
}

/**
 * Interactions (a form with one `payload` of JSON) and slash commands. Slack sends each once and gives it no id, but each
 * has a trigger or a time that no other has, so what it says tells it from the next.
 */
function normalizeForm(delivery: VerifiedDelivery<SlackOptions>): Normalization {
  const form = readFormBody(delivery.request.body);
  if (!form.readable) return unreadableDelivery(delivery, form.reason);
  const payload = singleParameter(form.parameters, 'payload');
  if (payload === undefined) {
    const command = formObject(form.parameters);
    if (command['command'] === undefined) {
      return unreadableDelivery(delivery, 'it is neither an interaction nor a slash command');
    }
    const account = accountOf(delivery, command['team_id'], command['enterprise_id']);
    return passOnOnce(delivery, { account, originalType: 'slash_command', content: command });
  }
  const body = readJsonBody(Buffer.from(payload, 'utf8'));
  const type = body.readable ? textMember(body.value, 'type') : undefined;
  if (!body.readable || type === undefined || !isExactObject(body.value)) {
    return unreadableDelivery(delivery, 'the payload is no interaction');
  }
  const team = objectMember(body.value, 'team');
  const account = accountOf(delivery, member(team, 'id'), member(objectMember(body.value, 'enterprise'), 'id'));
  return passOnOnce(delivery, { account, originalType: type, content: body.value });
}

interface Interaction {
  readonly account: string;
  readonly originalType: string;
  readonly content: ExactObject;
}

function passOnOnce(
  delivery: VerifiedDelivery<SlackOptions>,
  { account, originalType, content }: Interaction,
): Normalization {
  const action = readList(content['actions'])?.[0];
  const actionTs = member(action, 'action_ts') ?? content['action_ts'];
  const isTold = content['trigger_id'] !== undefined || actionTs !== undefined;
  const event = integrationEvent(delivery, {
    account,
    entity: contentEntity(delivery),
    identity: isTold ? contentIdentity(content) : { basis: 'rx', index: 0 },
    occurred: occurredAt(readDecimalSeconds(actionTs)),
    originalType,
  });
  return { ...completeness(isTold ? [] : ['trigger_id']), events: [event] };
}

/** The workspace; the organization where an app is installed for all of its workspaces. */
function accountOf(
  delivery: VerifiedDelivery<SlackOptions>,
  team: ExactJson | undefined,
  enterprise: ExactJson | undefined,
): string {
  return usableId(team) ?? usableId(enterprise) ?? fallbackAccount(delivery);
}

function identityOf(id: string | undefined, body: ExactObject): DraftIdentity {
  if (id !== undefined) return { basis: 'id', id };
  const isTold = body['event_time'] !== undefined || member(body['event'], 'event_ts') !== undefined;
  return isTold ? contentIdentity(body) : { basis: 'rx', index: 0 };
}

function contentIdentity(content: ExactObject): DraftIdentity {
  return { basis: 'hash', canonicalItem: canonicalText(content), occurrence: 0 };
}
