import { jsonAnswer, type OperationDefinition, pathOf } from '../../contract/index.ts';
import type { StripeCredentials } from '../credentials.ts';
import { type StripeEvent, stripeEvent } from '../event.ts';

/** https://docs.stripe.com/api/events/retrieve: events of the last 30 days. */
export const fetchEvent: OperationDefinition<StripeCredentials, { readonly id: string }, StripeEvent> = {
  name: 'events.get',
  repeatable: 'yes',
  request: ({ id }) => ({ method: 'GET', path: pathOf('/v1/events', id) }),
  answer: jsonAnswer(stripeEvent),
};
