import { canonicalText, type ExactObject } from '@trunkline/events';

import { itemEntity } from '../contract/batch.ts';
import { contentIdentity } from '../contract/content.ts';
import type { VerifiedDelivery } from '../contract/delivery.ts';
import { emailReader, readMessageId, readRecipient, recipientEntity } from '../contract/email.ts';
import type { FormFields } from '../contract/form-body.ts';
import { formObject } from '../contract/form-object.ts';
import { fallbackAccount, integrationEvent } from '../contract/integration-event.ts';
import { textMember } from '../contract/json-body.ts';
import { readMailAddress } from '../contract/mail-address.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { normalizationOf, undocumented } from '../contract/outcome.ts';
import { readDecimal } from '../contract/text-values.ts';
import { readTitle } from '../contract/texts.ts';
import { readDecimalSeconds, timeOfFact } from '../contract/times.ts';
import { usableId } from '../contract/usable-id.ts';
import type { MailgunOptions } from './options.ts';

/** New at each attempt, as far as is known; and whoever reads events must not be able to sign others. */
const proofFields = ['token', 'signature'];

/** What a route forwards (an incoming mail) and what the older webhooks say, which have an `event`. */
export function normalizeForm(
  delivery: VerifiedDelivery<MailgunOptions>,
  { parameters, isWhole }: Extract<FormFields, { readonly readable: true }>,
): Normalization {
  const normalization = normalizeFields(
    delivery,
    formObject(parameters.filter(([name]) => !proofFields.includes(name))),
  );
  if (isWhole) return normalization;
  const { reason, events } = normalization;
  return { verdict: 'partial', reason: [...(reason === undefined ? [] : [reason]), notUtf8].join('; '), events };
}

const notUtf8 = 'a field is not UTF-8 and was left out';

function normalizeFields(delivery: VerifiedDelivery<MailgunOptions>, form: ExactObject): Normalization {
  const event = textMember(form, 'event');
  if (event === undefined && form['recipient'] !== undefined && form['from'] !== undefined) {
    return incomingMail(delivery, form);
  }
  const text = canonicalText(form);
  const { occurred, flaws } = timeOfFact(form['timestamp'], readDecimalSeconds, 'timestamp');
  const passed = integrationEvent(delivery, {
    account: fallbackAccount(delivery),
    entity: entityOf(form) ?? itemEntity(text),
    identity: contentIdentity(form),
    occurred,
    ...(event === undefined ? {} : { originalType: event }),
    item: { index: 0, text },
  });
  return normalizationOf([
    { events: [passed], flaws: [...(event === undefined ? undocumented(['event']) : []), ...flaws] },
  ]);
}

/** https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/ */
function incomingMail(delivery: VerifiedDelivery<MailgunOptions>, form: ExactObject): Normalization {
  const email = emailReader(form, 'communications.email.received', 'forward');
  email.state('messageId', 'Message-Id', readMessageId);
  email.state('recipients', 'recipient', readRecipient);
  email.state('fromAddress', 'from', readMailAddress);
  email.state('subject', 'subject', readTitle);
  email.state('attachmentCount', 'attachment-count', readDecimal);
  const { fact, unreadable } = email.fact('communications.email.received');
  const { occurred, flaws } = timeOfFact(form['timestamp'], readDecimalSeconds, 'timestamp');
  const entity = entityOf(form);
  const event = draftOf({
    ...fact,
    account: fallbackAccount(delivery),
    entity: entity ?? itemEntity(canonicalText(form)),
    // The time is that of the attempt; one mail comes to one address once.
    identity:
      entity === undefined ? contentIdentity(form, ['timestamp']) : { basis: 'key', parts: ['forward', entity.id] },
    occurred,
  });
  return normalizationOf([{ events: [event], flaws: [...flaws, ...undocumented(unreadable)] }]);
}

function entityOf(form: ExactObject): ReturnType<typeof recipientEntity> {
  const messageId = usableId(readMessageId(form['Message-Id'] ?? null) ?? undefined);
  const recipient = textMember(form, 'recipient');
  return messageId === undefined || recipient === undefined ? undefined : recipientEntity(messageId, recipient);
}
