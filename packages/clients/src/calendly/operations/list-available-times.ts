import { z } from 'zod';

import { jsonAnswer, type OperationDefinition } from '../../contract/index.ts';
import type { CalendlyCredentials } from '../credentials.ts';

export interface ListAvailableTimesInput {
  /** The URI of the event type. */
  readonly eventType: string;
  /** ISO 8601, in the future; at most 7 days apart. */
  readonly from: string;
  readonly to: string;
}

const page = z.object({ collection: z.array(z.object({ status: z.string(), start_time: z.string() })) });

/** https://developer.calendly.com/api-docs/6a1be82aef359-list-event-type-available-times */
export const listAvailableTimes: OperationDefinition<
  CalendlyCredentials,
  ListAvailableTimesInput,
  z.infer<typeof page>
> = {
  name: 'event_type_available_times.list',
  repeatable: 'yes',
  request: ({ eventType, from, to }) => ({
    method: 'GET',
    path: '/event_type_available_times',
    query: { event_type: eventType, start_time: from, end_time: to },
  }),
  answer: jsonAnswer(page),
};
