import { isRecordId, TrunklineError } from '@trunkline/core';
import { isLetterId } from '@trunkline/events';
import { deadLetterTopic } from '@trunkline/kafka';

import { claimedEventId, type LetterCopies, originalPlaceOf } from './letter.ts';

/** What a person may know a dead letter by. */
export type LetterName =
  | { readonly kind: 'letter' | 'event'; readonly id: string }
  /** On the dead-letter topic of whichever group it is asked of. */
  | { readonly kind: 'copy'; readonly place: string }
  /** A place on a named topic: the dead-letter topic, or where the record was first. */
  | { readonly kind: 'place'; readonly topic: string; readonly partition: string; readonly offset: string };

export const letterNameForms =
  'ltr_…, evt_…, req_…, partition:offset on the dead-letter topic, or topic/partition/offset (of either topic, as log lines name it)';

/** Reads a name in any of its forms; throws `config_invalid` with the forms there are. */
export function letterNameOf(text: string): LetterName {
  if (isLetterId(text)) return { kind: 'letter', id: text };
  if (isRecordId(text)) return { kind: 'event', id: text };
  if (/^\d{1,6}:\d{1,18}$/.test(text)) return { kind: 'copy', place: text };
  const [, topic, partition, offset] = /^([\w.-]+)[/ ](\d{1,6})[/ ](\d{1,18})$/.exec(text) ?? [];
  if (topic !== undefined && partition !== undefined && offset !== undefined)
    return { kind: 'place', topic, partition, offset };
  throw new TrunklineError('config_invalid', `${JSON.stringify(text)} names no dead letter; give ${letterNameForms}`);
}

/** Whether a letter of the group is the one, or one of those, that the name means. */
export function isNamed(letter: LetterCopies, name: LetterName, group: string): boolean {
  switch (name.kind) {
    case 'letter':
      return letter.id === name.id;
    case 'event':
      return letter.eventId === name.id || claimedEventId(letter) === name.id;
    case 'copy':
      return letter.places.includes(name.place);
    case 'place': {
      if (name.topic === deadLetterTopic(group)) return letter.places.includes(`${name.partition}:${name.offset}`);
      const { topic, partition, offset } = originalPlaceOf(letter.latest);
      return topic === name.topic && String(partition) === name.partition && String(offset) === name.offset;
    }
  }
}
