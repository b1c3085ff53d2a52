import { type ExactJson, isExactObject } from '@trunkline/events';

import { withoutByteOrderMark } from '../contract/byte-order-mark.ts';
import { member, readJsonDocument } from '../contract/json-body.ts';
import { maxHeaderBytes, type ReceivedRequest } from '../contract/request.ts';
import { type LiveSecret, liveSecrets, type Secret } from '../contract/secret.ts';
import { type Rejected, rejected, type Verdict } from '../contract/verdict.ts';
import { matchingSecret, sameText, type Scheme } from '../schemes/scheme.ts';

/** Notifications of one delivery that are looked at; each costs a comparison with every secret. */
export const maxNotifications = 1_000;

/**
 * https://learn.microsoft.com/graph/change-notifications-delivery-webhooks: nothing is signed. Every notification repeats
 * the clientState that its subscription was made with. A delivery may mix subscriptions, so each notification is judged
 * alone (and a clientState may be bound to its subscription): the delivery is accepted when one is proven, and the normaliser drops the others.
 */
export const microsoftGraphScheme: Scheme = {
  coverage: { credentialHeaders: [], bodyCredentials: ['value.0.clientState'], body: 'items', url: false },
  verify: (request: ReceivedRequest, secrets: readonly Secret[], nowMs: number): Verdict => {
    const notifications = readNotifications(request.body);
    if ('accepted' in notifications) return notifications;
    const live = liveSecrets(secrets, nowMs);
    const verdicts = notifications.items.map((item) => verdictOf(item, live, notifications.namesTwice(item)));
    const proven = verdicts.flatMap((verdict, index) => (verdict.accepted ? [{ index, verdict }] : []));
    const [first] = proven;
    if (first !== undefined) return { ...first.verdict, provenItems: proven.map(({ index }) => index) };
    return verdicts[0] ?? rejected('missing_header', 'the body has no notification, so no clientState');
  },
  sign: (request: ReceivedRequest, secret: Secret): ReceivedRequest => {
    const body = withClientState(request.body, secret);
    // What has no place for a proof stays as it is; verify refuses it, as it should.
    return body === undefined ? request : { ...request, body };
  },
};

/** Of notifications that came before: none where their secret is no longer known, since it cannot be said which were proven. */
export function provenNotifications(
  request: ReceivedRequest,
  secrets: readonly Secret[],
  receivedAtMs: number,
): readonly number[] {
  const verdict = microsoftGraphScheme.verify(request, secrets, receivedAtMs);
  return verdict.accepted ? (verdict.provenItems ?? []) : [];
}

interface Notifications {
  readonly items: readonly ExactJson[];
  readonly namesTwice: (item: ExactJson) => boolean;
}

/** The list of notifications; a refusal where there is none, or where it cannot be said which one it is. */
function readNotifications(body: Uint8Array): Notifications | Rejected {
  const read = readJsonDocument(body);
  if (!read.readable) return rejected('missing_header', `there is no clientState: ${read.reason}`);
  const { value } = read.document;
  const items = member(value, 'value');
  if (!Array.isArray(items)) return rejected('missing_header', 'the body has no list "value", so no clientState');
  if (items.length > maxNotifications) {
    return rejected('malformed_header', `the body has more than ${maxNotifications} notifications`);
  }
  // Array.isArray widens the items to any; this gives them their type back.
  const list = items as readonly ExactJson[];
  const namesTwice = (item: ExactJson): boolean => read.document.hasDuplicateMembers(item);
  // Twice outside of the notifications: another reader may see another list.
  if (namesTwice(value) && !list.some(namesTwice)) return rejected('malformed_header', 'the body names a member twice');
  return { items: list, namesTwice };
}

function verdictOf(item: ExactJson, live: readonly LiveSecret[], namesTwice: boolean): Verdict {
  if (namesTwice) return rejected('malformed_header', 'a notification names a member twice');
  if (!isExactObject(item)) return rejected('missing_header', 'a notification has no clientState');
  const given = item['clientState'];
  if (typeof given !== 'string' || given === '') return rejected('missing_header', 'a notification has no clientState');
  if (given.length > maxHeaderBytes || !/^[\x20-\x7e]+$/.test(given)) {
    return rejected('malformed_header', 'a clientState is overlong or not printable ASCII');
  }
  const own = live.filter(({ secret }) => belongs(secret, item['subscriptionId']));
  if (own.length === 0) return rejected('unknown_key', 'no secret of this source belongs to its subscriptionId');
  const match = matchingSecret(own, [given], (secret) => secret.reveal());
  if (match !== undefined) return { accepted: true, secretIndex: match };
  return rejected('token_mismatch', 'no clientState is a secret of this source');
}

/** A secret with a key id counts for the subscription of that id only, one without for any. */
function belongs({ keyId }: Secret, subscriptionId: ExactJson | undefined): boolean {
  return keyId === undefined || (typeof subscriptionId === 'string' && sameText(subscriptionId, keyId));
}

/** For samples: the body with the proof in every notification; undefined where there is none to put it into. */
function withClientState(body: Uint8Array, secret: Secret): Uint8Array | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(withoutByteOrderMark(body)).toString('utf8'));
    if (!isRecord(parsed) || !Array.isArray(parsed['value'])) return undefined;
    const proof = {
      clientState: secret.reveal(),
      ...(secret.keyId === undefined ? {} : { subscriptionId: secret.keyId }),
    };
    const value = parsed['value'].map((item: unknown) => (isRecord(item) ? { ...item, ...proof } : item));
    return Buffer.from(JSON.stringify({ ...parsed, value }, null, 2));
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
