import type { ExactObject } from '@trunkline/events';

import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readFilled } from '../contract/texts.ts';
import { readInstant } from '../contract/times.ts';

/** When a host is away. Why, and who stands in, is left out. */
export function absenceFact(entry: ExactObject): SnapshotFact {
  const reader = new SnapshotReader('calendar.event.v1', entry);
  reader.say('status', 'confirmed');
  reader.say('isDeleted', false);
  reader.say('availability', 'out_of_office');
  reader.state('startsAt', 'start', readInstant);
  reader.state('endsAt', 'end', readInstant);
  reader.state('organizerEmail', 'user.email', readFilled);
  reader.state('timezone', 'user.timeZone', readFilled);
  reader.state('createdAt', 'createdAt', readInstant);
  reader.state('updatedAt', 'updatedAt', readInstant);
  return reader.fact('calendar.event.created');
}
