import { maxIdLength } from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { contentEntity, integrationEvent } from '../contract/integration-event.ts';
import type { Normalization } from '../contract/normalization.ts';
import { normalizationOf, notFound } from '../contract/outcome.ts';
import { singleHeader } from '../contract/request.ts';

/**
 * One message is one event that says: something changed, go and read. Everything it says is in headers, the body is
 * empty. What was changed is known only after a reading, so there is no calendar event to state.
 */
export function normalizeGoogleCalendar(delivery: VerifiedDelivery): Normalization {
  const channel = header(delivery, 'X-Goog-Channel-ID');
  const number = header(delivery, 'X-Goog-Message-Number');
  const resource = header(delivery, 'X-Goog-Resource-ID');
  const state = header(delivery, 'X-Goog-Resource-State');
  if (state === 'sync') {
    return { verdict: 'ignored', reason: 'it says that the channel works, and nothing else', events: [] };
  }
  const event = integrationEvent(delivery, {
    account: delivery.settings.sourceId,
    // Opaque, and the same for every channel of one calendar; the address of the calendar is in no id.
    entity: resource === undefined ? contentEntity(delivery) : { kind: 'resource', id: resource },
    identity:
      channel === undefined || number === undefined
        ? { basis: 'rx', index: 0 }
        : { basis: 'key', parts: [channel, number] },
    // A message does not say when the calendar was changed.
    occurred: { estimated: true },
    ...(state === undefined ? {} : { originalType: state }),
  });
  const missing = [
    ...(channel === undefined ? ['X-Goog-Channel-ID'] : []),
    ...(number === undefined ? ['X-Goog-Message-Number'] : []),
    ...(resource === undefined ? ['X-Goog-Resource-ID'] : []),
    ...(state === undefined ? ['X-Goog-Resource-State'] : []),
  ];
  return normalizationOf([{ events: [event], flaws: notFound(missing) }]);
}

/** Printable ASCII without blanks around it, as Google writes every one of them. */
function header({ request }: VerifiedDelivery, name: string): string | undefined {
  const value = singleHeader(request, name);
  return value !== undefined && value.length <= maxIdLength && /^[\x21-\x7e]+$/.test(value) ? value : undefined;
}
