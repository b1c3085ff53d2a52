import { canonicalText, type ExactObject } from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { readFormBody } from '../contract/form-body.ts';
import { formObject } from '../contract/form-object.ts';
import { contentEntity, fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { textMember } from '../contract/json-body.ts';
import type { Normalization } from '../contract/normalization.ts';
import { completeness } from '../contract/snapshot.ts';
import { occurredAt, readInstant, readRfc2822 } from '../contract/times.ts';
import { usableId } from '../contract/usable-id.ts';

/**
 * https://developers.telnyx.com/docs/voice/texml: callbacks of TeXML are forms in the words of another provider. They
 * have no id; what they say is known by all of it, where it has a time or a sequence or can happen once only.
 */
export function normalizeTexml(delivery: VerifiedDelivery): Normalization {
  const form = readFormBody(delivery.request.body);
  if (!form.readable) return unreadableDelivery(delivery, form.reason);
  const parameters = formObject(form.parameters);
  const call = usableId(parameters['CallSid']);
  const at = readRfc2822(parameters['Timestamp']) ?? readInstant(parameters['Timestamp']);
  const isTold = at !== undefined || parameters['SequenceNumber'] !== undefined || statesOnce(parameters);
  const event = integrationEvent(delivery, {
    account: fallbackAccount(delivery),
    entity: call === undefined ? contentEntity(delivery) : { kind: 'call', id: call },
    identity: isTold
      ? { basis: 'hash', canonicalItem: canonicalText(parameters), occurrence: 0 }
      : { basis: 'rx', index: 0 },
    occurred: occurredAt(at),
    originalType: nameOf(parameters),
  });
  return { ...completeness(isTold ? [] : ['Timestamp']), events: [event] };
}

/** A recording and its text reach a state once, and say neither when nor which message it is. */
function statesOnce(parameters: ExactObject): boolean {
  return ['Recording', 'Transcription'].some(
    (what) => usableId(parameters[`${what}Sid`]) !== undefined && textMember(parameters, `${what}Status`) !== undefined,
  );
}

function nameOf(parameters: ExactObject): string {
  const words = ['StatusCallbackEvent', 'TranscriptionStatus', 'RecordingStatus', 'TranscriptionEvent', 'CallStatus'];
  const word = words.map((name) => textMember(parameters, name)).find((text) => text !== undefined);
  return word === undefined ? 'texml' : `texml.${word}`;
}
