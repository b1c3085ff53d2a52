import { type ExactObject, isExactObject } from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { isFormType, readFormBody, singleParameter } from '../contract/form-body.ts';
import { contentEntity, fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { type JsonBody, member, objectMember, readJsonBody, textMember } from '../contract/json-body.ts';
import type { Normalization } from '../contract/normalization.ts';
import { singleHeader } from '../contract/request.ts';
import { usableId } from '../contract/usable-id.ts';
import type { GithubOptions } from './options.ts';

/**
 * Every delivery is passed on under GitHub's own name for it, `pull_request.opened`.
 *
 * Name and id of a delivery stand in headers, which GitHub does not sign: whoever has an authentic body and its
 * signature can send it again under another id. The body is authentic all the same.
 */
export function normalizeGithub(delivery: VerifiedDelivery<GithubOptions>): Normalization {
  const { request } = delivery;
  const body = readBody(delivery);
  if (!body.readable) return unreadableDelivery(delivery, body.reason);
  if (!isExactObject(body.value)) return unreadableDelivery(delivery, 'the payload is not a JSON object');

  const id = usableId(singleHeader(request, 'X-GitHub-Delivery'));
  const name = usableId(singleHeader(request, 'X-GitHub-Event'));
  const event = integrationEvent(delivery, {
    account: ownerOf(body.value) ?? fallbackAccount(delivery),
    entity: id === undefined ? contentEntity(delivery) : { kind: 'delivery', id },
    identity: id === undefined ? { basis: 'rx', index: 0 } : { basis: 'id', id },
    // Payloads have many times and none that every event has.
    occurred: { estimated: true },
    ...(name === undefined ? {} : { originalType: typeOf(name, body.value) }),
    ...(id === undefined ? {} : { providerEventId: id }),
  });
  const missing = [
    ...(id === undefined ? ['X-GitHub-Delivery'] : []),
    ...(name === undefined ? ['X-GitHub-Event'] : []),
  ];
  if (missing.length === 0) return { verdict: 'normalised', events: [event] };
  return { verdict: 'partial', reason: `not found or not usable: ${missing.join(', ')}`, events: [event] };
}

/** JSON, or a form whose one `payload` is JSON: whichever the webhook is set to. */
function readBody(delivery: VerifiedDelivery<GithubOptions>): JsonBody {
  const { request } = delivery;
  if (!isFormType(singleHeader(request, 'content-type'))) return readJsonBody(request.body);
  const form = readFormBody(request.body);
  if (!form.readable) return form;
  const payload = singleParameter(form.parameters, 'payload');
  if (payload === undefined) return { readable: false, reason: 'the form has no single payload' };
  return readJsonBody(Buffer.from(payload, 'utf8'));
}

function typeOf(name: string, body: ExactObject): string {
  const action = textMember(body, 'action');
  return action === undefined ? name : `${name}.${action}`;
}

/** The owner of what it is about, by number: a person or an organization may change its name. */
function ownerOf(body: ExactObject): string | undefined {
  const owners = [
    objectMember(objectMember(body, 'repository'), 'owner'),
    objectMember(body, 'organization'),
    objectMember(objectMember(body, 'installation'), 'account'),
    objectMember(body, 'enterprise'),
  ];
  return owners.map((owner) => usableId(member(owner, 'id'))).find((id) => id !== undefined);
}
