import { type DraftIdentity, type ExactJson, type ExactObject, isExactObject, type Occurred } from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { isFormType, readFormBody, singleParameter } from '../contract/form-body.ts';
import { contentEntity, fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { member, objectMember, readJsonBody, textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { singleHeader } from '../contract/request.ts';
import { completeness } from '../contract/snapshot.ts';
import { readDecimalSeconds, readSeconds } from '../contract/times.ts';
import { usableId } from '../contract/usable-id.ts';
import { messageEntity, postedMessage } from './message.ts';
import type { SlackOptions } from './options.ts';

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
    identity: identityOf(id),
    ...(id === undefined ? {} : { providerEventId: id }),
  };
  const flaws = id === undefined ? ['event_id'] : [];

  const message = messageEntity(event);
  const posted = message === undefined ? undefined : postedMessage(event);
  if (message !== undefined && posted !== undefined) {
    const occurred = occurredOf(readDecimalSeconds(event['ts']));
    const drafted = draftOf({ ...common, entity: message, occurred, ...posted.fact });
    return { ...completeness([...flaws, ...posted.unreadable]), events: [drafted] };
  }
  const passed = integrationEvent(delivery, {
    ...common,
    entity: id === undefined ? contentEntity(delivery) : { kind: 'event', id },
    occurred: occurredOf(readDecimalSeconds(event['event_ts']) ?? readSeconds(body['event_time'])),
    originalType: originalTypeOf(type, event),
  });
  return { ...completeness(flaws), events: [passed] };
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
    occurred: occurredOf(at),
    originalType: 'app_rate_limited',
  });
  return { ...completeness(complete ? [] : ['team_id, api_app_id or minute_rate_limited']), events: [event] };
}

/**
 * Interactions (a form with one `payload` of JSON) and slash commands. Slack sends each once and gives it no id, so
 * each reception is a new event.
 */
function normalizeForm(delivery: VerifiedDelivery<SlackOptions>): Normalization {
  const form = readFormBody(delivery.request.body);
  if (!form.readable) return unreadableDelivery(delivery, form.reason);
  const payload = singleParameter(form.parameters, 'payload');
  if (payload === undefined) {
    if (singleParameter(form.parameters, 'command') === undefined) {
      return unreadableDelivery(delivery, 'it is neither an interaction nor a slash command');
    }
    const account = accountOf(
      delivery,
      singleParameter(form.parameters, 'team_id'),
      singleParameter(form.parameters, 'enterprise_id'),
    );
    return { verdict: 'normalised', events: [passOnOnce(delivery, account, 'slash_command')] };
  }
  const body = readJsonBody(Buffer.from(payload, 'utf8'));
  const type = body.readable ? textMember(body.value, 'type') : undefined;
  if (!body.readable || type === undefined) return unreadableDelivery(delivery, 'the payload is no interaction');
  const team = objectMember(body.value, 'team');
  const account = accountOf(delivery, member(team, 'id'), member(objectMember(body.value, 'enterprise'), 'id'));
  return { verdict: 'normalised', events: [passOnOnce(delivery, account, type)] };
}

function passOnOnce(
  delivery: VerifiedDelivery<SlackOptions>,
  account: string,
  originalType: string,
): ReturnType<typeof integrationEvent> {
  return integrationEvent(delivery, {
    account,
    entity: contentEntity(delivery),
    identity: { basis: 'rx', index: 0 },
    occurred: { estimated: true },
    originalType,
  });
}

/** The workspace; the organization where an app is installed for all of its workspaces. */
function accountOf(
  delivery: VerifiedDelivery<SlackOptions>,
  team: ExactJson | undefined,
  enterprise: ExactJson | undefined,
): string {
  return usableId(team) ?? usableId(enterprise) ?? fallbackAccount(delivery);
}

function identityOf(id: string | undefined): DraftIdentity {
  return id === undefined ? { basis: 'rx', index: 0 } : { basis: 'id', id };
}

function occurredOf(at: number | undefined): Occurred {
  return at === undefined ? { estimated: true } : { at, estimated: false };
}
